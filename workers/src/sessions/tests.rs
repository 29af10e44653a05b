//! Who counts as connected, and where orders go: by a clock moved by hand.

use bytes::Bytes;
use muster_core::ManualClock;
use muster_jobs::job::ExecuteMode;
use muster_jobs::link::Metrics;

use super::connection::Queue;
use super::*;
use crate::codec::messages::ServerSubmitJobInstanceRequest;
use crate::codec::transport::{AckAndEnvelopeContainer, AkkaProtocolMessage};
use crate::codec::{Address, Letter, Message};
use crate::testing::run;

struct World {
    clock: Arc<ManualClock>,
    registry: Registry,
}

fn world() -> World {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_768_465_800_000)));
    let registry = Registry::new(Arc::<ManualClock>::clone(&clock), Liveness::default());
    World { clock, registry }
}

fn connection(id: u64, most: usize) -> (Arc<Connection>, Queue) {
    let peer = Address { system: "a".into(), host: "10.0.0.1".into(), port: 50000 };
    let own = Address { system: "server".into(), host: "10.0.0.5".into(), port: 52014 };
    let (connection, queue) = Connection::new(id, Ends { peer, uid: 1, own, node: None }, most);
    (Arc::new(connection), queue)
}

impl World {
    fn beat(&self, connection: &Arc<Connection>, starter: &str, online: bool, instances: &[i64]) {
        let worker = Worker {
            id: "a".into(),
            host: "10.0.0.1".into(),
            port: 50000,
            rpc_port: Some(7000),
            label: String::new(),
            version: "v1.0.7".into(),
            starter: starter.into(),
            metrics: Metrics::default(),
            ready: false,
            connected_at: Timestamp::default(),
            beats: Vec::new(),
        };
        let instances = instances.to_vec();
        let introduction = Introduction { app_group: 7, worker, online, instances };
        self.registry.beat(connection, introduction).unwrap();
    }

    /// Whether the one worker is there, and ready.
    fn seen(&self) -> (usize, bool) {
        let workers = self.registry.workers(7);
        (workers.len(), workers.first().is_some_and(|worker| worker.ready))
    }

    fn submit(&self) -> Result<(), LinkFault> {
        self.registry.submit("a", &run(ExecuteMode::Standalone))
    }
}

async fn next_letter(connection: &Connection, queue: &mut Queue) -> Letter {
    let bytes = connection.take(queue).await.unwrap();
    let content = AkkaProtocolMessage::decode(bytes.slice(4..)).unwrap();
    let container = AckAndEnvelopeContainer::decode(content.payload.unwrap()).unwrap();
    Letter::open(container.envelope.unwrap()).unwrap()
}

#[test]
fn a_worker_is_ready_from_its_second_heartbeat_on() {
    let world = world();
    let (connection, _queue) = connection(1, 1000);
    assert_eq!(world.seen(), (0, false));
    world.beat(&connection, "go", true, &[]);
    assert_eq!(world.seen(), (1, false));
    world.beat(&connection, "go", true, &[5, 3]);
    assert_eq!(world.seen(), (1, true));
    let worker = world.registry.workers(7).remove(0);
    assert!(worker.lists(3) && worker.lists(5) && worker.beats.len() == 2 && !worker.beats[1].lists(3));
    assert!(world.registry.workers(6).is_empty() && world.registry.workers(8).is_empty());
}

#[test]
fn a_worker_is_connected_since_its_connection_brought_a_heartbeat() {
    let world = world();
    let ((first, _a), (second, _b)) = (connection(1, 1000), connection(2, 1000));
    let since = || world.registry.workers(7)[0].connected_at;
    let begun = world.clock.now();
    world.beat(&first, "springboot", true, &[]);
    world.clock.advance(10_000);
    world.beat(&first, "springboot", true, &[]);
    assert_eq!(since(), begun);
    world.beat(&second, "springboot", true, &[]);
    assert_eq!(since(), begun.plus_ms(10_000));
}

#[test]
fn our_own_worker_is_ready_at_once() {
    let world = world();
    let (connection, _queue) = connection(1, 1000);
    world.beat(&connection, "muster", true, &[]);
    assert_eq!(world.seen(), (1, true));
}

#[test]
fn silence_and_farewell_and_a_cut_line_end_it() {
    let world = world();
    let ((first, _a), (second, _b)) = (connection(1, 1000), connection(2, 1000));
    world.beat(&first, "go", true, &[]);
    world.beat(&first, "go", true, &[]);
    world.clock.advance(24_999);
    assert_eq!(world.seen(), (1, true));
    world.clock.advance(1);
    assert_eq!(world.seen(), (0, false));
    world.registry.sweep();
    assert!(world.registry.state().members.is_empty());

    world.beat(&first, "go", true, &[]);
    world.beat(&first, "go", false, &[9]);
    assert_eq!(world.seen(), (1, false));

    world.beat(&first, "go", true, &[]);
    world.registry.cut(&first);
    assert_eq!(world.seen(), (1, false));
    world.clock.advance(15_000);
    assert_eq!(world.seen(), (0, false));

    // Back on another connection, before anybody has swept: the end of the former one no longer matters.
    world.beat(&second, "go", true, &[]);
    world.registry.cut(&first);
    assert_eq!(world.seen(), (1, true));
}

#[tokio::test]
async fn orders_go_to_the_connection_of_the_latest_heartbeat_and_answers_find_back() {
    let world = world();
    let ((first, _a), (second, mut queue)) = (connection(1, 1 << 20), connection(2, 1 << 20));
    assert_eq!(world.submit(), Err(LinkFault::Gone));
    world.beat(&first, "go", true, &[]);
    world.beat(&second, "go", true, &[]);
    world.submit().unwrap();
    let letter = next_letter(&second, &mut queue).await;
    assert_eq!(letter.recipient, "akka.tcp://a@10.0.0.1:50000/");
    let order: ServerSubmitJobInstanceRequest = letter.message().unwrap().unwrap();
    assert_eq!((order.job_instance_id, order.app_group_id), (1_000_000_000_002, 7));

    let asked = |group, worker| world.registry.answered(&letter.sender, group, worker);
    assert_eq!((asked(8, "a"), asked(7, "b")), (None, None));
    assert_eq!(asked(7, "a"), Some(1_000_000_000_002));
    assert_eq!(asked(7, "a"), None);
    assert_eq!(world.registry.answered("akka.tcp://server@h:1/temp/$x", 7, "a"), None);
}

#[test]
fn answers_are_not_waited_for_for_ever() {
    let world = world();
    let (connection, _queue) = connection(1, 1 << 20);
    world.beat(&connection, "go", true, &[]);
    world.submit().unwrap();
    world.clock.advance(ANSWER_MS);
    world.registry.sweep();
    assert!(world.registry.state().asked.is_empty());
}

#[test]
fn strays_are_not_remembered() {
    let world = world();
    let (connection, _queue) = connection(1, 1 << 20);
    world.beat(&connection, "go", true, &[1, 2, 3]);
    assert!(world.registry.lasting(7, "a").is_empty());
    world.beat(&connection, "go", true, &[2, 3, 4]);
    assert_eq!(world.registry.lasting(7, "a"), [2, 3]);
    for instance in world.registry.lasting(7, "a") {
        world.registry.kill_stray(7, "a", instance);
    }
    assert!(world.registry.state().asked.is_empty());
}

#[test]
fn a_heartbeat_takes_the_room_of_the_one_before() {
    let world = world();
    let (connection, _queue) = connection(1, 1 << 20);
    let all: Vec<i64> = (0..8_192).collect();
    for _ in 0..200 {
        world.beat(&connection, "go", true, &all);
    }
    world.clock.advance(25_000);
    world.registry.sweep();
    world.beat(&connection, "go", true, &all);
}

#[test]
fn a_worker_that_does_not_read_is_cut_off() {
    let world = world();
    let (connection, _queue) = connection(1, 1500);
    world.beat(&connection, "go", true, &[]);
    world.submit().unwrap();
    assert!((0..9).any(|_| world.submit() == Err(LinkFault::Gone)));
    assert!(!connection.send(Bytes::new()));
    // Only what was sent is waited for.
    assert!(world.registry.state().asked.len() < 9);
}

#[test]
fn a_wrong_key_puts_out_only_the_one_who_gave_it() {
    let world = world();
    let ((mine, _a), (foreign, _b)) = (connection(1, 1000), connection(2, 1000));
    world.beat(&mine, "go", true, &[]);
    world.registry.forget(&foreign, 7, "a");
    assert_eq!(world.seen().0, 1);
    world.registry.forget(&mine, 7, "a");
    assert_eq!(world.seen().0, 0);
}

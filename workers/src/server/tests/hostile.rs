//! Whoever means harm: what it costs is its connection, and others are served all the while.

use muster_core::Random;
use tokio::io::AsyncWriteExt;

use super::*;
use crate::codec::Address;

/// As many as a heartbeat may list.
fn many() -> Vec<i64> {
    (1_000_000_000_000..1_000_000_008_192).collect()
}

/// What a worker says at first: its association, a heartbeat, the end of a run.
fn conversation(own: &Address) -> Vec<u8> {
    let server = Address { system: "server".into(), host: "127.0.0.1".into(), port: 1 };
    let beat = WorkerHeartBeatRequest {
        group_id: "g".into(),
        worker_id: own.system.clone(),
        job_instance_id: vec![1, 2, 3],
        app_group_id: Some(GROUP),
        app_key: Some(KEY.into()),
        ..WorkerHeartBeatRequest::default()
    };
    let end = WorkerReportJobInstanceStatusRequest {
        job_instance_id: 3,
        status: 4,
        result: Some("done".into()),
        ..WorkerReportJobInstanceStatusRequest::default()
    };
    let sender = own.path("temp/$a");
    [
        frame::associate(own, 7),
        letter::request(&server, "heartbeat", &sender, &beat),
        letter::request(&server, "instance_status_router", &sender, &end),
    ]
    .concat()
}

#[tokio::test]
async fn whatever_is_changed_in_a_conversation_others_are_served() {
    let server = serve(Limits::default());
    let own = Address { system: "127000000001_43_1".into(), host: "127.0.0.1".into(), port: 1 };
    let good = conversation(&own);
    for seed in 0..300 {
        let mut random = Random::from_number(seed);
        let mut bytes = good.clone();
        for _ in 0..=seed % 8 {
            let [place, value] = [u64::from_le_bytes(random.bytes()), u64::from_le_bytes(random.bytes())];
            bytes[usize::try_from(place % good.len() as u64).unwrap()] = value.to_le_bytes()[0];
        }
        bytes.truncate(good.len() - usize::try_from(seed % 3).unwrap() * 40);
        let mut worker = dial(&server).await;
        // It may be cut before all is said.
        let _ = worker.stream.write_all(&bytes).await;
        let _ = worker.stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = worker.stream.read_to_end(&mut answer).await;
    }
    assert!(ready(&server).await.beat(KEY, &[]).await.success);
}

#[tokio::test]
async fn half_a_frame_is_not_waited_for_forever() {
    let brief = Duration::from_millis(20);
    let server = serve(Limits { stranger: brief, silence: brief, ..Limits::default() });
    let mut stranger = associated(&server).await;
    stranger.write([0, 0, 1, 0, 10]).await;
    assert!(stranger.is_cut().await);
    let mut worker = associated(&server).await;
    worker.send_beat(KEY, &[]).await;
    worker.write([0, 1, 0, 0, 10]).await;
    assert!(worker.is_cut().await);
}

#[tokio::test]
async fn large_frames_wait_for_one_another_and_small_ones_for_none() {
    let server = serve(Limits { memory_bytes: 1 << 20, ..Limits::default() });
    // Half of it is for frames of workers, and as much as one of these needs.
    let (mut first, mut second, mut third) =
        (ready(&server).await, ready(&server).await, ready(&server).await);
    let mut most = vec![0, 6, 0, 0];
    most.resize(300_000, 10);
    for worker in [&mut first, &mut second] {
        worker.write(&most).await;
    }
    for _ in 0..20 {
        assert!(third.beat(KEY, &[]).await.success);
    }
    drop(first);
    drop(second);
    assert!(third.beat(KEY, &many()).await.success);
    assert_eq!(server.registry.workers(GROUP)[0].running(), many().len());
}

#[tokio::test]
async fn what_is_only_announced_takes_no_room() {
    let server = serve(Limits { memory_bytes: 1 << 20, ..Limits::default() });
    let mut silent = Vec::new();
    for _ in 0..50 {
        let mut worker = ready(&server).await;
        worker.write([0, 8, 0, 0, 10]).await;
        silent.push(worker);
    }
    assert!(ready(&server).await.beat(KEY, &many()).await.success);
}

#[tokio::test]
async fn frames_that_keep_one_another_from_going_on_are_cut() {
    let limits = Limits { memory_bytes: 1 << 20, stall: Duration::from_millis(50), ..Limits::default() };
    let server = serve(limits);
    let mut begun = vec![0, 8, 0, 0];
    begun.resize(140_000, 10);
    let mut workers = Vec::new();
    for _ in 0..4 {
        let mut worker = ready(&server).await;
        worker.write(&begun).await;
        workers.push(worker);
    }
    // Whoever waits for the others is told to come again, so that one of them can.
    assert!(ready(&server).await.beat(KEY, &many()).await.success);
}

#[tokio::test]
async fn more_instances_than_a_process_can_hold_are_not_listed() {
    let server = serve(Limits::default());
    let mut worker = ready(&server).await;
    let all: Vec<i64> = (0..8_193).collect();
    let answer = worker.beat(KEY, &all).await;
    assert!(!answer.success && answer.message.unwrap().contains("too many"));
    assert!(worker.beat(KEY, &[1]).await.success);
}

#[tokio::test]
async fn a_flood_of_silent_connections_keeps_nobody_out() {
    let server = serve(Limits { connections: 40, ..Limits::default() });
    let mut worker = ready(&server).await;
    let mut flood = Vec::new();
    for number in 0..100 {
        let mut silent = dial(&server).await;
        if number % 2 == 0 {
            silent.write(frame::associate(&silent.own, 2)).await;
        }
        flood.push(silent);
    }
    ready(&server).await;
    assert!(worker.beat(KEY, &[]).await.success);
    // Those that came first had to go.
    for mut silent in flood.drain(..50) {
        assert!(silent.is_cut().await);
    }
}

#[tokio::test]
async fn a_stranger_that_does_not_read_is_cut() {
    let server = serve(Limits { stranger_queue_bytes: 1000, ..Limits::default() });
    let mut stranger = associated(&server).await;
    let beat = WorkerHeartBeatRequest {
        // It comes back in each answer's address.
        worker_id: "w".into(),
        ..WorkerHeartBeatRequest::default()
    };
    let sender = format!("akka.tcp://w@h:1/{}", "x".repeat(4000));
    let beat = letter::request(&stranger.server, "heartbeat", &sender, &beat);
    while stranger.stream.write_all(&beat).await.is_ok() {}
    ready(&server).await;
}

#[tokio::test]
async fn a_second_process_of_the_same_id_waits_until_the_first_is_gone() {
    let mut server = serve(Limits::default());
    let mut first = ready(&server).await;
    let mut second = dial(&server).await;
    second.uid += 1;
    second.associate().await;
    let refused = second.beat(KEY, &[]).await;
    assert!(!refused.success && refused.message.unwrap().contains("another process"));
    second.report(5, 4, 1).await;
    assert!(!second.beat(KEY, &[]).await.success);
    assert!(server.heard.try_recv().is_err(), "it has not been let in");
    server.registry.submit(&first.own.system, &run(ExecuteMode::Standalone)).unwrap();
    assert_eq!(first.letter().await.name, "ServerSubmitJobInstanceRequest");
    drop(first);
    while !second.beat(KEY, &[]).await.success {}
    assert_eq!(server.registry.workers(GROUP).len(), 1);
}

#[tokio::test]
async fn a_group_is_named_by_its_number_its_name_and_its_key() {
    let mut server = serve(Limits::default());
    for (group, name, key) in [(GROUP + 1, "g", KEY), (GROUP, "h", KEY), (GROUP, "g", ""), (-1, "g", KEY)] {
        let mut worker = associated(&server).await;
        (worker.group, worker.group_id) = (group, name.to_owned());
        worker.report(5, 4, 1).await;
        assert!(!worker.beat(key, &[5]).await.success);
    }
    assert!(server.registry.workers(GROUP).is_empty() && server.heard.try_recv().is_err());
}

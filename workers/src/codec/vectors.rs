//! The contract's recorded frames, byte for byte.

use bytes::Bytes;

use super::address::Address;
use super::frame::{self, Frames};
use super::letter::{self, Letter};
use super::messages::WorkerHeartBeatResponse;
use super::protobuf::Message;
use super::transport::{AckAndEnvelopeContainer, AkkaProtocolMessage, command};

const WORKER_ASSOCIATE: &str = "00000041 123f0801123b0a300a17 3139323136383030313031305f343234325f3132333435 \
    120c 3139322e3136382e312e3130 18d08603 2203746370 118877665544332211";
const SERVER_ASSOCIATE: &str =
    "0000002c 122a080112260a1b 0a06736572766572 120831302e302e302e35 18ae9603 2203746370 117856341200000000";
const ACK_OF_7: &str = "0000000d 0a0b 0a09 090700000000000000";
const HEARTBEAT_RESPONSE: &str = "000000c3 0ac001 12bd01 \
    0a40 0a3e616b6b612e7463703a2f2f3139323136383030313031305f343234325f3132333435403139322e3136382e312e31303a35303030302f74656d702f245070 \
    1246 0a020801 1002 1a3e636f6d2e616c69626162612e7363686564756c6572782e70726f746f636f6c2e576f726b657224576f726b6572486561727442656174526573706f6e7365 \
    2231 0a2f616b6b612e7463703a2f2f7365727665724031302e302e302e353a35323031342f757365722f686561727462656174";

fn bytes(vector: &str) -> Vec<u8> {
    hex::decode(vector.replace(' ', "")).unwrap()
}

fn content(vector: &str) -> AkkaProtocolMessage {
    let mut frames = Frames::default();
    frames.buffer.extend_from_slice(&bytes(vector));
    let frame = frames.next_frame(1 << 20).unwrap().unwrap();
    assert!(frames.buffer.is_empty());
    AkkaProtocolMessage::decode(frame).unwrap()
}

fn worker() -> Address {
    Address { system: "192168001010_4242_12345".into(), host: "192.168.1.10".into(), port: 50000 }
}

fn server() -> Address {
    Address { system: "server".into(), host: "10.0.0.5".into(), port: 52014 }
}

#[test]
fn associations() {
    for (vector, address, uid) in
        [(WORKER_ASSOCIATE, worker(), 0x1122_3344_5566_7788), (SERVER_ASSOCIATE, server(), 305_419_896)]
    {
        assert_eq!(frame::associate(&address, uid), bytes(vector));
        let control = content(vector).instruction.unwrap();
        let handshake = control.handshake.unwrap();
        assert_eq!((control.command, handshake.uid.0), (command::ASSOCIATE, uid));
        assert_eq!(Address::from_data(handshake.origin), Some(address));
    }
}

#[test]
fn instructions() {
    for (vector, command) in [
        ("0000000412020803", command::HEARTBEAT),
        ("0000000412020802", command::DISASSOCIATE),
        ("0000000412020804", command::DISASSOCIATE_SHUTTING_DOWN),
        ("0000000412020805", command::DISASSOCIATE_QUARANTINED),
    ] {
        assert_eq!(frame::instruction(command), bytes(vector));
        assert_eq!(content(vector).instruction.unwrap().command, command);
    }
}

#[test]
fn acknowledgements() {
    assert_eq!(frame::acknowledge(7), bytes(ACK_OF_7));
    let container = AckAndEnvelopeContainer::decode(content(ACK_OF_7).payload.unwrap()).unwrap();
    assert_eq!(container.ack.unwrap().cumulative.0, 7);
    assert_eq!(container.envelope, None);
}

#[test]
fn an_answer_to_a_heartbeat() {
    let (recipient, sender) = (worker().path("temp/$Pp"), server().path("user/heartbeat"));
    let said = WorkerHeartBeatResponse { success: true, message: None };
    assert_eq!(letter::answer(&recipient, &sender, &said), bytes(HEARTBEAT_RESPONSE));

    let container = AckAndEnvelopeContainer::decode(content(HEARTBEAT_RESPONSE).payload.unwrap()).unwrap();
    let letter = Letter::open(container.envelope.unwrap()).unwrap();
    assert_eq!((&letter.recipient, &letter.sender), (&recipient, &sender));
    assert_eq!(letter.message(), Ok(Some(said)));
}

#[test]
fn a_request_travels_as_a_selection_and_comes_out_the_same() {
    let said = WorkerHeartBeatResponse { success: false, message: Some("who?".into()) };
    let sent = letter::request(&worker(), "heartbeat_routing", &server().path("temp/$1"), &said);
    let container = content(&hex::encode(&sent));
    let container = AckAndEnvelopeContainer::decode(container.payload.unwrap()).unwrap();
    let letter = Letter::open(container.envelope.unwrap()).unwrap();
    assert_eq!(letter.recipient, "akka.tcp://192168001010_4242_12345@192.168.1.10:50000/");
    assert_eq!(letter.sender, "akka.tcp://server@10.0.0.5:52014/temp/$1");
    assert_eq!(letter.message(), Ok(Some(said)));
    assert_eq!(letter.message::<super::messages::WorkerHeartBeatRequest>(), Ok(None));
}

#[test]
fn a_class_counts_from_its_dollar_on_and_an_unknown_serializer_is_refused() {
    let said = WorkerHeartBeatResponse { success: true, message: None };
    let open = |change: fn(&mut super::transport::SerializedMessage)| {
        let sent = letter::answer("akka.tcp://a@b:1/x", "", &said);
        let container = content(&hex::encode(&sent)).payload.unwrap();
        let mut envelope = AckAndEnvelopeContainer::decode(container).unwrap().envelope.unwrap();
        change(&mut envelope.message);
        Letter::open(envelope)
    };
    let foreign =
        open(|message| message.manifest = Some(Bytes::from_static(b"X.Server$WorkerHeartBeatResponse")));
    assert_eq!(foreign.unwrap().message(), Ok(Some(said.clone())));
    assert!(open(|message| message.manifest = Some(Bytes::from_static(b"java.lang.String"))).is_err());
    assert!(open(|message| message.manifest = None).is_err());
    assert!(open(|message| message.serializer = 16).is_err());
}

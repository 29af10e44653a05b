//! Whatever arrives, nothing panics; whatever is said, the same is heard.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::frame::Frames;
use super::letter::{self, Letter};
use super::messages::{
    ServerSubmitJobInstanceRequest, UpstreamData, WorkerHeartBeatRequest,
    WorkerReportJobInstanceStatusRequest,
};
use super::protobuf::Message;
use super::transport::{AckAndEnvelopeContainer, AkkaProtocolMessage, SelectionEnvelope};

/// Reads bytes as everything that they might be.
fn hear(bytes: &Bytes) {
    if let Ok(content) = AkkaProtocolMessage::decode(bytes.clone())
        && let Some(payload) = content.payload
        && let Ok(container) = AckAndEnvelopeContainer::decode(payload)
        && let Some(envelope) = container.envelope
        && let Ok(letter) = Letter::open(envelope)
    {
        let _ = letter.message::<WorkerHeartBeatRequest>();
        let _ = letter.message::<WorkerReportJobInstanceStatusRequest>();
    }
    let _ = SelectionEnvelope::decode(bytes.clone());
    let _ = ServerSubmitJobInstanceRequest::decode(bytes.clone());
    let _ = WorkerHeartBeatRequest::decode(bytes.clone());
}

fn heartbeat() -> impl Strategy<Value = WorkerHeartBeatRequest> {
    let numbers = (vec(any::<i64>(), 0..20), option::of(any::<i64>()), option::of(any::<i32>()));
    let texts = (".*", ".*", ".*", option::of(".*"), option::of(".*"));
    (numbers, texts, option::of(any::<bool>())).prop_map(|(numbers, texts, online)| WorkerHeartBeatRequest {
        group_id: texts.0,
        version: texts.1,
        worker_id: texts.2,
        metrics_json: texts.3,
        job_instance_id: numbers.0,
        starter: None,
        app_group_id: numbers.1,
        source: Some("unknown".into()),
        label: None,
        online,
        app_key: texts.4,
        rpc_port: numbers.2,
    })
}

fn submit() -> impl Strategy<Value = ServerSubmitJobInstanceRequest> {
    let upstream = vec((".*", ".*").prop_map(|(job_name, data)| UpstreamData { job_name, data }), 0..4);
    (any::<[i64; 4]>(), any::<[i32; 3]>(), ".*", vec(".*", 0..5), upstream).prop_map(
        |(longs, ints, text, workers, upstream_data)| ServerSubmitJobInstanceRequest {
            job_id: longs[0],
            job_instance_id: longs[1],
            schedule_time: longs[2],
            app_group_id: longs[3],
            job_concurrency: ints[0],
            time_type: Some(ints[1]),
            attempt: Some(ints[2]),
            content: text,
            workers,
            upstream_data,
            ..ServerSubmitJobInstanceRequest::default()
        },
    )
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..400)) {
        hear(&bytes.clone().into());
        let mut frames = Frames::default();
        frames.buffer.extend_from_slice(&bytes);
        while let Ok(Some(frame)) = frames.next_frame(1 << 16) {
            hear(&frame);
        }
    }

    #[test]
    fn no_change_to_a_good_frame_panics(said in heartbeat(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let to = super::Address { system: "server".into(), host: "h".into(), port: 1 };
        let mut frame = letter::request(&to, "heartbeat", "akka.tcp://w@h:2/temp/$a", &said).to_vec();
        let at = at.index(frame.len());
        frame[at] = byte;
        hear(&Bytes::from(frame).slice(4..));
    }

    #[test]
    fn heartbeats_come_out_as_they_went_in(said in heartbeat()) {
        prop_assert_eq!(WorkerHeartBeatRequest::decode(said.encode().into()), Ok(said));
    }

    #[test]
    fn runs_come_out_as_they_went_in(said in submit()) {
        prop_assert_eq!(ServerSubmitJobInstanceRequest::decode(said.encode().into()), Ok(said));
    }
}

//! Frames: a length of four bytes, and that many bytes.

use bytes::{Buf, Bytes, BytesMut};

use super::address::Address;
use super::protobuf::{Fixed64, Malformed, Message};
use super::transport::{
    AckAndEnvelopeContainer, AcknowledgementInfo, AkkaControlMessage, AkkaHandshakeInfo, AkkaProtocolMessage,
    RemoteEnvelope, command,
};

/// Frames above this are rare, and their buffers are not kept, in bytes.
const LARGE: usize = 16 << 10;

/// Cuts a stream of bytes into frames.
#[derive(Debug, Default)]
pub struct Frames {
    /// What has arrived and was not yet taken: append to it.
    pub buffer: BytesMut,
}

impl Frames {
    /// How long the next frame is, without its length; nothing until that has arrived.
    ///
    /// # Errors
    /// When it is more than `limit` bytes.
    pub fn announced(&self, limit: usize) -> Result<Option<usize>, Malformed> {
        let Some(announced) = self.buffer.first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes(*announced)).unwrap_or(usize::MAX);
        if length > limit {
            return Err(Malformed("a frame is larger than allowed"));
        }
        Ok(Some(length))
    }

    /// The next whole frame, without its length; nothing until more arrives.
    ///
    /// # Errors
    /// When it announces more than `limit` bytes.
    pub fn next_frame(&mut self, limit: usize) -> Result<Option<Bytes>, Malformed> {
        let Some(length) = self.announced(limit)? else { return Ok(None) };
        if self.buffer.len() < 4 + length {
            return Ok(None);
        }
        self.buffer.advance(4);
        let frame = self.buffer.split_to(length).freeze();
        if length > LARGE {
            // What is left would keep the large buffer, and use it again.
            self.buffer = BytesMut::from(&self.buffer[..]);
        }
        Ok(Some(frame))
    }
}

/// The frame of a content: whole, so that it can be written in one go.
pub fn frame(content: &AkkaProtocolMessage) -> Bytes {
    let mut out = vec![0; 4];
    content.encode_to(&mut out);
    let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX);
    out[..4].copy_from_slice(&length.to_be_bytes());
    out.into()
}

/// The frame of an instruction without a handshake.
pub fn instruction(command: i32) -> Bytes {
    let control = AkkaControlMessage { command, handshake: None };
    frame(&AkkaProtocolMessage { payload: None, instruction: Some(control) })
}

/// The frame that associates `origin`, whose process has the number `uid`.
pub fn associate(origin: &Address, uid: u64) -> Bytes {
    let handshake = AkkaHandshakeInfo { origin: origin.to_data(), uid: Fixed64(uid) };
    let control = AkkaControlMessage { command: command::ASSOCIATE, handshake: Some(handshake) };
    frame(&AkkaProtocolMessage { payload: None, instruction: Some(control) })
}

/// The frame that acknowledges all envelopes up to `seq`.
pub fn acknowledge(seq: u64) -> Bytes {
    let ack = AcknowledgementInfo { cumulative: Fixed64(seq), nacks: Vec::new() };
    payload(&AckAndEnvelopeContainer { ack: Some(ack), envelope: None })
}

/// The frame of an envelope.
pub fn envelope(envelope: RemoteEnvelope) -> Bytes {
    payload(&AckAndEnvelopeContainer { ack: None, envelope: Some(envelope) })
}

fn payload(container: &AckAndEnvelopeContainer) -> Bytes {
    frame(&AkkaProtocolMessage { payload: Some(container.encode().into()), instruction: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_whole_however_they_come_in() {
        let stream =
            [instruction(command::HEARTBEAT), acknowledge(7), instruction(command::HEARTBEAT)].concat();
        for cut in 1..stream.len() {
            let mut frames = Frames::default();
            let mut lengths = Vec::new();
            for piece in stream.chunks(cut) {
                frames.buffer.extend_from_slice(piece);
                while let Some(frame) = frames.next_frame(100).unwrap() {
                    lengths.push(frame.len());
                }
            }
            assert_eq!((lengths, frames.buffer.len()), (vec![4, 13, 4], 0), "pieces of {cut}");
        }
    }

    #[test]
    fn too_large_a_frame_is_refused_before_it_has_arrived() {
        let mut frames = Frames::default();
        frames.buffer.extend_from_slice(&101u32.to_be_bytes());
        assert_eq!(frames.next_frame(101), Ok(None));
        assert!(frames.next_frame(100).is_err());
    }
}

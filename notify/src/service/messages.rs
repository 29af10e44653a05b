//! The outbox, as people look at it.

use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;
use muster_identity::Caller;

use super::Service;
use crate::engine;
use crate::model::{Attempt, Message, MessageFilter, MessageState, NewMessage};
use crate::store::messages;

/// What `Error::NotFound` calls a message.
const MESSAGE: &str = "message";

impl Service {
    /// Queues one message in the caller's transaction: it goes out if and only if that commits. Its id, or
    /// `None` when the account has had one with this key already.
    pub fn enqueue(tx: &mut Tx<'_>, account_id: &str, message: &NewMessage) -> Result<Option<i64>> {
        let id = messages::insert(tx, account_id, message, None)?;
        if id.is_some() {
            tx.signal(engine::DELIVER);
        }
        Ok(id)
    }

    /// Notes a message that goes nowhere because of a rule, which `why` names: people ask why they were not told.
    /// Its id, or `None` when the account has had one with this key already.
    pub fn note_silenced(
        tx: &mut Tx<'_>,
        account_id: &str,
        message: &NewMessage,
        why: &str,
    ) -> Result<Option<i64>> {
        messages::insert(tx, account_id, message, Some(why))
    }

    /// Messages that fit `filter`, newest first, at most `limit`.
    pub fn list_messages(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        filter: &MessageFilter,
        limit: u32,
    ) -> Result<Vec<Message>> {
        messages::list(tx, &caller.account_id, filter, limit.into())
    }

    /// How many messages that were queued since `from` are in which state. It looks at the newest 20,000,
    /// so that no question can stall the store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_messages(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        from: Timestamp,
    ) -> Result<Vec<(MessageState, u64)>> {
        const MOST_LOOKED_AT: i64 = 20_000;
        messages::count_by_state(tx, &caller.account_id, from, MOST_LOOKED_AT)
    }

    /// One message with its attempts, oldest first.
    ///
    /// # Errors
    /// `NotFound` "message".
    pub fn get_message(&self, tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<(Message, Vec<Attempt>)> {
        let message = messages::find(tx, &caller.account_id, id)?
            .ok_or_else(|| Error::not_found(MESSAGE, id.to_string()))?;
        let attempts = messages::attempts(tx, id)?;
        Ok((message, attempts))
    }

    /// What became of the messages that one notice led to: those whose keys begin with its key and a slash, each with
    /// its attempts.
    ///
    /// # Errors
    /// Those of the store.
    pub fn messages_of_notice(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &str,
    ) -> Result<Vec<(Message, Vec<Attempt>)>> {
        let found = messages::under(tx, &caller.account_id, key)?;
        let with_attempts = |message: Message| {
            let attempts = messages::attempts(tx, message.id)?;
            Ok((message, attempts))
        };
        found.into_iter().map(with_attempts).collect()
    }
}

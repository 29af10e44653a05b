//! Sign-in attempts are counted by address, by user, and by both together.
//!
//! The pair is the narrow gate: one address that guesses one user's password is stopped long before it can
//! stop that user elsewhere. The wide ones bound what a botnet, or one address with a list of users, may try.
//! Access keys are not counted: nobody can lock out somebody else's key.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use muster_core::{Error, Result, Timestamp};

const WINDOW_MS: i64 = 60_000;
const MOST_BY_PAIR: u32 = 10;
const MOST_BY_ADDRESS: u32 = 60;
const MOST_BY_USER: u32 = 100;
/// A bound against floods of invented users. A full table is emptied of what is over, then of what counted least: a
/// flood must not wash away the counter of a user who is being guessed at.
const MOST_COUNTERS: usize = 50_000;
/// How many make room at once, so that a full table is not searched at every attempt.
const EVICTED: usize = MOST_COUNTERS / 10;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    User(String),
    Pair(IpAddr, String),
}

impl Key {
    fn all(address: IpAddr, user: &str) -> [(Self, u32); 3] {
        let address = network(address);
        [
            (Self::Pair(address, user.to_owned()), MOST_BY_PAIR),
            (Self::Address(address), MOST_BY_ADDRESS),
            (Self::User(user.to_owned()), MOST_BY_USER),
        ]
    }
}

/// Everybody with IPv6 has 2^64 addresses of its own, so its network counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[derive(Debug)]
struct Counter {
    since: Timestamp,
    attempts: u32,
}

/// Counts sign-in attempts that did not succeed.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<Key, Counter>>);

impl Throttle {
    /// Counts an attempt before its password is looked at, so that many at once count as well.
    pub(crate) fn attempt(&self, address: IpAddr, user: &str, now: Timestamp) -> Result<()> {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MOST_COUNTERS {
            counters.retain(|_, counter| now.since(counter.since) < WINDOW_MS);
            if counters.len() >= MOST_COUNTERS {
                evict(&mut counters);
            }
        }
        let keys = Key::all(address, user);
        for (key, most) in &keys {
            if let Some(counter) = counters.get(key) {
                let age = now.since(counter.since);
                if age < WINDOW_MS && counter.attempts >= *most {
                    let after_ms = u64::try_from(WINDOW_MS - age).unwrap_or(0);
                    return Err(Error::Throttled { after_ms });
                }
            }
        }
        for (key, _) in keys {
            let counter = counters.entry(key).or_insert(Counter { since: now, attempts: 0 });
            if now.since(counter.since) >= WINDOW_MS {
                *counter = Counter { since: now, attempts: 0 };
            }
            counter.attempts += 1;
        }
        Ok(())
    }

    /// The attempt succeeded: it does not count, and the pair starts afresh.
    pub(crate) fn succeeded(&self, address: IpAddr, user: &str) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in Key::all(address, user) {
            if matches!(key, Key::Pair(..)) {
                counters.remove(&key);
            } else if let Some(counter) = counters.get_mut(&key) {
                counter.attempts = counter.attempts.saturating_sub(1);
            }
        }
    }
}

fn evict(counters: &mut HashMap<Key, Counter>) {
    let mut ranked: Vec<_> =
        counters.iter().map(|(key, counter)| (counter.attempts, counter.since, key.clone())).collect();
    if ranked.len() > EVICTED {
        ranked.select_nth_unstable_by_key(EVICTED, |(attempts, since, _)| (*attempts, *since));
    }
    for (_, _, key) in ranked.into_iter().take(EVICTED) {
        counters.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    #[test]
    fn one_address_guessing_one_user_is_stopped_and_nobody_else() {
        let throttle = Throttle::default();
        for _ in 0..MOST_BY_PAIR {
            throttle.attempt(HERE, "eve", at(0)).unwrap();
        }
        let refused = throttle.attempt(HERE, "eve", at(10_000)).unwrap_err();
        assert!(matches!(refused, Error::Throttled { after_ms: 50_000 }), "{refused}");
        throttle.attempt(THERE, "eve", at(0)).unwrap();
        throttle.attempt(HERE, "bob", at(0)).unwrap();
        throttle.attempt(HERE, "eve", at(WINDOW_MS)).unwrap();
    }

    #[test]
    fn one_address_guessing_many_users_is_stopped() {
        let throttle = Throttle::default();
        for user in 0..MOST_BY_ADDRESS {
            throttle.attempt(HERE, &user.to_string(), at(0)).unwrap();
        }
        assert!(throttle.attempt(HERE, "another", at(0)).is_err());
        throttle.attempt(THERE, "another", at(0)).unwrap();
    }

    #[test]
    fn a_flood_of_invented_users_washes_no_guessing_away() {
        let throttle = Throttle::default();
        for _ in 0..MOST_BY_PAIR {
            throttle.attempt(HERE, "eve", at(0)).unwrap();
        }
        for number in 0..u32::try_from(MOST_COUNTERS).unwrap() {
            let address = IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0b00_0000 + number));
            throttle.attempt(address, &number.to_string(), at(1)).unwrap();
        }
        assert!(throttle.0.lock().unwrap().len() <= MOST_COUNTERS + 2);
        assert!(throttle.attempt(HERE, "eve", at(2)).is_err());
    }

    #[test]
    fn all_addresses_of_an_ipv6_network_count_as_one() {
        let throttle = Throttle::default();
        let address = |host: u32| format!("2001:db8:1:2::{host:x}").parse::<IpAddr>().unwrap();
        for host in 0..MOST_BY_PAIR {
            throttle.attempt(address(host), "eve", at(0)).unwrap();
        }
        assert!(throttle.attempt(address(MOST_BY_PAIR), "eve", at(0)).is_err());
        throttle.attempt("2001:db8:1:3::1".parse().unwrap(), "eve", at(0)).unwrap();
    }

    #[test]
    fn success_does_not_count() {
        let throttle = Throttle::default();
        for _ in 0..10 * MOST_BY_USER {
            throttle.attempt(HERE, "eve", at(0)).unwrap();
            throttle.succeeded(HERE, "eve");
        }
    }
}

//! The store for several nodes: serializable transactions on pooled connections, run again when asked.

mod session;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use muster_core::{Error, Random, Result};

use crate::{Counters, Health, Migration, Options, Tx, migrate, tx};
pub(crate) use session::Session;

/// Enough to keep a group commit of PostgreSQL's own busy; each costs the server a process.
const MOST_SESSIONS: usize = 16;
/// A transaction that loses this often is in a fight that waiting longer would not win.
const MOST_ATTEMPTS: u32 = 20;
/// After so many losses a transaction has this node for itself: many that all touch the same rows would otherwise
/// keep each other from ever getting through.
const ATTEMPTS_IN_COMPANY: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

pub(crate) struct Store {
    config: postgres::Config,
    options: Options,
    pool: Mutex<Pool>,
    returned: Condvar,
    /// Held together by transactions that try their luck, alone by one that has lost often.
    company: RwLock<()>,
    /// Held by large works, which touch the same pages of the same indexes.
    turn: Mutex<()>,
    failure: Mutex<Option<String>>,
    works: AtomicU64,
    retries: AtomicU64,
    commit_us: AtomicU64,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Session>,
    made: usize,
}

/// The right to run; held, never looked at.
enum Turn<'s> {
    Together(#[expect(dead_code, reason = "held")] RwLockReadGuard<'s, ()>),
    Alone(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'s, ()>),
}

#[derive(Clone, Copy)]
enum Mode {
    Write,
    Claim,
    Read,
}

impl Mode {
    fn begin(self) -> &'static str {
        match self {
            Self::Write => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            Self::Claim => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            // A snapshot is all that a reader needs, and it never has to be run again.
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

impl Store {
    pub(crate) fn open(url: &str, options: Options, migrations: &[Migration]) -> Result<Self> {
        let mut config: postgres::Config =
            url.parse().map_err(|source| Error::invalid("database", format!("{source}")))?;
        config.application_name("muster").connect_timeout(Duration::from_secs(5));
        let store = Self {
            config,
            options,
            pool: Mutex::default(),
            returned: Condvar::new(),
            company: RwLock::default(),
            turn: Mutex::default(),
            failure: Mutex::default(),
            works: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            commit_us: AtomicU64::new(0),
        };
        store.write(|tx| migrate::migrate(tx, migrations))?;
        Ok(store)
    }

    pub(crate) fn write<T>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.change(Mode::Write, work)
    }

    /// As [`Store::write`], on a snapshot: in the way of others only where they change the same rows.
    pub(crate) fn claim<T>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.change(Mode::Claim, work)
    }

    fn change<T>(&self, mode: Mode, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let (outcome, signals) = self.run(mode, work)?;
        signals.into_iter().for_each(|engine| self.options.signals.raise(engine));
        self.works.fetch_add(1, Relaxed);
        Ok(outcome)
    }

    /// As [`Store::write`], one such at a time: each alone takes less than all of them together with their repetitions.
    pub(crate) fn write_in_turn<T>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let _turn = lock(&self.turn);
        self.write(work)
    }

    pub(crate) fn read<T>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.run(Mode::Read, work).map(|(outcome, _)| outcome)
    }

    pub(crate) fn health(&self) -> Health {
        lock(&self.failure).clone().map_or(Health::Writable, Health::ReadOnly)
    }

    pub(crate) fn counters(&self) -> Counters {
        let works = self.works.load(Relaxed);
        Counters {
            works,
            commits: works,
            commit_us: self.commit_us.load(Relaxed),
            retries: self.retries.load(Relaxed),
        }
    }

    fn run<T>(&self, mode: Mode, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<(T, Vec<&'static str>)> {
        let seed = self.options.random.seed();
        let mut session = self.take()?;
        let mut attempt = 0;
        loop {
            session.forget_conflict();
            let outcome = {
                let _turn = self.turn(mode, attempt);
                self.attempt(&mut session, mode, &work, Random::from_seed(&seed))
            };
            self.note(&session);
            if outcome.is_ok() || !session.must_run_again() || attempt == MOST_ATTEMPTS {
                self.put_back(session);
                return outcome;
            }
            attempt += 1;
            self.retries.fetch_add(1, Relaxed);
            std::thread::sleep(pause(attempt, &mut Random::from_seed(&self.options.random.seed())));
        }
    }

    /// What a transaction holds while it runs; readers get in nobody's way.
    fn turn(&self, mode: Mode, attempt: u32) -> Option<Turn<'_>> {
        match mode {
            Mode::Read => None,
            Mode::Write | Mode::Claim if attempt < ATTEMPTS_IN_COMPANY => {
                Some(Turn::Together(self.company.read().unwrap_or_else(PoisonError::into_inner)))
            }
            Mode::Write | Mode::Claim => {
                Some(Turn::Alone(self.company.write().unwrap_or_else(PoisonError::into_inner)))
            }
        }
    }

    fn attempt<T>(
        &self,
        session: &mut Session,
        mode: Mode,
        work: impl Fn(&mut Tx<'_>) -> Result<T>,
        random: Random,
    ) -> Result<(T, Vec<&'static str>)> {
        session.batch(mode.begin())?;
        let mut tx = Tx::new(tx::Connection::Postgres(session), self.options.clock.now(), random);
        match mode {
            Mode::Write => {}
            Mode::Claim => tx = tx.claiming(),
            Mode::Read => tx = tx.reading(),
        }
        // One caller's defect must not cost the pool a session: the last one gone, everybody would wait for ever.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut tx)))
            .unwrap_or_else(|_| Err(Error::internal("a piece of work panicked")));
        let signals = std::mem::take(&mut tx.signals);
        match outcome {
            // A part of the work may have met a conflict and undone itself; the whole must still run again.
            Ok(_) if session.must_run_again() => {
                session.batch("ROLLBACK")?;
                Err(Error::unavailable("other changes to the same data got in the way"))
            }
            Ok(done) => {
                let start = Instant::now();
                session.batch("COMMIT")?;
                let took = u64::try_from(start.elapsed().as_micros()).unwrap_or(0);
                self.commit_us.fetch_add(took, Relaxed);
                Ok((done, signals))
            }
            Err(refused) => {
                // A connection that cannot even roll back is closed, and is not put back into the pool.
                let _ = session.batch("ROLLBACK");
                Err(refused)
            }
        }
    }

    fn take(&self) -> Result<Session> {
        let mut pool = self.pool();
        loop {
            if let Some(session) = pool.idle.pop() {
                if session.is_open() {
                    return Ok(session);
                }
                pool.made -= 1;
                continue;
            }
            if pool.made < MOST_SESSIONS {
                pool.made += 1;
                drop(pool);
                return Session::connect(&self.config).inspect_err(|failure| {
                    self.pool().made -= 1;
                    self.returned.notify_one();
                    *lock(&self.failure) = Some(failure.to_string());
                });
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put_back(&self, session: Session) {
        let mut pool = self.pool();
        if session.is_open() {
            pool.idle.push(session);
        } else {
            pool.made -= 1;
        }
        drop(pool);
        self.returned.notify_one();
    }

    fn note(&self, session: &Session) {
        let mut failure = lock(&self.failure);
        if session.is_open() {
            *failure = None;
        } else if failure.is_none() {
            *failure = Some("the connection to the database broke".to_owned());
        }
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        lock(&self.pool)
    }
}

/// Uneven pauses that grow: two transactions that met once should not meet again.
fn pause(attempt: u32, random: &mut Random) -> Duration {
    let [byte] = random.bytes::<1>();
    (Duration::from_micros(200) * attempt * (u32::from(byte) / 32 + 1)).min(LONGEST_PAUSE)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! A private PostgreSQL server for one test process, from the binaries that are installed.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A server on a Unix socket in a temporary folder. It ends, and the folder goes, when this process ends, however
/// that comes about: a shell that waits for the end of its input holds it.
pub(super) struct Server {
    folder: PathBuf,
    user: String,
    databases: AtomicU32,
    // Its input stays open as long as this process lives, and the server with it.
    _shell: Child,
}

/// Makes the cluster, starts it, says `ready`, and stops it when standard input ends. PostgreSQL refuses root, so
/// root hands over to another user.
const SCRIPT: &str = r#"
set -e
umask 077
if [ "$(id -u)" = 0 ]; then
    as() { setpriv --reuid "$OWNER" --regid "$OWNER" --clear-groups -- env HOME="$FOLDER" LC_ALL=C "$@"; }
else
    as() { env LC_ALL=C "$@"; }
fi
trap 'rm -rf "$FOLDER"' EXIT
cd "$FOLDER"
as "$BIN/initdb" -D "$FOLDER/data" -U muster -A trust -E UTF8 --locale=C --no-sync </dev/null >"$FOLDER/log" 2>&1 || { cat "$FOLDER/log"; exit 1; }
as "$BIN/pg_ctl" -D "$FOLDER/data" -l "$FOLDER/server.log" -s -w -t 60 -o "-k $FOLDER -c listen_addresses= -c fsync=off -c max_connections=200" start </dev/null >"$FOLDER/log" 2>&1 || { cat "$FOLDER/log" "$FOLDER/server.log"; exit 1; }
echo ready
cat >/dev/null
as "$BIN/pg_ctl" -D "$FOLDER/data" -s -m immediate stop >/dev/null 2>&1
"#;

impl Server {
    /// The server of this process, started by whoever asks first; nothing when no binaries are installed, which is
    /// said in one line and is a failure where `CI=true`.
    pub(super) fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        SERVER
            .get_or_init(|| match binaries() {
                Some(bin) => Some(Self::start(&bin)),
                None => {
                    assert!(
                        std::env::var("CI").as_deref() != Ok("true"),
                        "PostgreSQL is not installed, and CI needs it"
                    );
                    // Not through print!, which the test harness holds back.
                    let _ = writeln!(std::io::stderr(), "skipped on PostgreSQL: it is not installed");
                    None
                }
            })
            .as_ref()
    }

    #[expect(clippy::expect_used, reason = "installed binaries that do not start are a broken machine")]
    fn start(bin: &Path) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("muster-pg-")
            .tempdir()
            .expect("a temporary folder can be made")
            .keep();
        let root = std::fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0);
        let owner = if root { account("postgres").or_else(|| account("nobody")) } else { None };
        if let Some(id) = owner {
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("our folder");
            std::os::unix::fs::chown(&folder, Some(id), Some(id)).expect("root may give a folder away");
        }
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .env("FOLDER", &folder)
            .env("BIN", bin)
            .env("OWNER", owner.unwrap_or_default().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh runs");
        let said = BufReader::new(shell.stdout.take().expect("piped"));
        let mut lines = said.lines().map_while(Result::ok);
        let first = lines.next().unwrap_or_default();
        assert!(
            first == "ready",
            "PostgreSQL did not start: {first}\n{}",
            lines.collect::<Vec<_>>().join("\n")
        );
        Self { folder, user: "muster".to_owned(), databases: AtomicU32::new(0), _shell: shell }
    }

    /// The URL of a database of this server.
    fn url(&self, database: &str) -> String {
        let socket = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{}@{socket}/{database}", self.user)
    }

    /// The URL of a new, empty database.
    #[expect(clippy::expect_used, reason = "a server of our own that refuses a database is a broken machine")]
    pub(super) fn new_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::SeqCst));
        let mut client =
            postgres::Client::connect(&self.url("postgres"), postgres::NoTls).expect("our server answers");
        client.batch_execute(&format!("CREATE DATABASE {name}")).expect("our server makes databases");
        self.url(&name)
    }
}

/// Where `initdb` and its kin are: Debian keeps them out of the path, newest version first.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = versions.into_iter().rev().map(|(_, folder)| folder);
    debian
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

fn account(name: &str) -> Option<u32> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}

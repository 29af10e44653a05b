//! What is executed for a script, and what it finds in its environment.
//!
//! Parameters are arguments and variables, whole and as they are: no text of a caller ever becomes part of a script.

use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::folder::own;
use crate::task::{Code, Task};

/// Sets the limit and becomes the program: the only place where our own text is given to a shell.
const LIMITED: &str = r#"ulimit -v "$1" || exit 126; shift; exec "$@""#;
/// Marks the processes of a run, so that those are found too that have left its process group.
pub(super) const MARK: &str = "MUSTER_RUN";

/// Writes the script into `folder`, which is made, and says how it is run.
///
/// # Errors
/// When it cannot be written.
pub(super) fn prepare(
    task: &Task,
    worker: &str,
    mark: &str,
    folder: &Path,
    memory_bytes: Option<u64>,
) -> io::Result<Command> {
    let (text, interpreter, name) = match &task.code {
        Code::Python(text) => (text, "python3", "script.py"),
        Code::Shell(text) | Code::BuiltIn(text) => (text, "/bin/sh", "script.sh"),
    };
    // Whoever clears temporary folders may have taken it.
    if let Some(all) = folder.parent() {
        own(all)?;
    }
    DirBuilder::new().mode(0o700).create(folder)?;
    let script = folder.join(name);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&script)?;
    // Scripts are typed in browsers, and a shell stumbles over line ends of Windows.
    file.write_all(text.replace("\r\n", "\n").as_bytes())?;
    let mut line: Vec<OsString> = match shebang(text) {
        Some(named) => named.into_iter().map(OsString::from).collect(),
        None => vec![interpreter.into()],
    };
    line.push(script.into());
    line.push(task.parameters.as_str().into());
    line.push(task.instance_parameters.as_str().into());
    let mut command = match memory_bytes {
        None => Command::new(&line[0]),
        Some(bytes) => {
            let mut limited = Command::new("/bin/sh");
            limited.args(["-c", LIMITED, "muster", &(bytes / 1024).max(1).to_string()]).arg(&line[0]);
            limited
        }
    };
    command.args(&line[1..]);
    // The worker's own settings hold keys.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MUSTER_") {
            command.env_remove(name);
        }
    }
    command.envs(environment(task, worker)).env(MARK, mark);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.current_dir(folder).process_group(0);
    Ok(command)
}

/// The interpreter that the first line names, with its one argument. The kernel would read it the same way, but not
/// from a file system that executes nothing.
fn shebang(text: &str) -> Option<Vec<String>> {
    let line = text.strip_prefix("#!")?.lines().next()?.trim();
    let (interpreter, argument) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    if interpreter.is_empty() {
        return None;
    }
    let argument = Some(argument.trim().to_owned()).filter(|argument| !argument.is_empty());
    Some([Some(interpreter.to_owned()), argument].into_iter().flatten().collect())
}

fn environment(task: &Task, worker: &str) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("MUSTER_WORKER_ID", worker.to_owned()),
        ("MUSTER_NAMESPACE", task.namespace.clone()),
        ("MUSTER_GROUP_ID", task.group_id.clone()),
        ("MUSTER_JOB_ID", task.job.to_string()),
        ("MUSTER_JOB_NAME", task.job_name.clone()),
        ("MUSTER_INSTANCE_ID", task.instance.to_string()),
        ("MUSTER_ATTEMPT", task.attempt.to_string()),
        ("MUSTER_MAX_ATTEMPT", task.max_attempt.to_string()),
        ("MUSTER_PARAMETERS", task.parameters.clone()),
        ("MUSTER_INSTANCE_PARAMETERS", task.instance_parameters.clone()),
        ("MUSTER_SCHEDULE_TIME_MS", task.scheduled_ms.to_string()),
        ("MUSTER_DATA_TIME_MS", task.data_ms.to_string()),
        // Else what Python prints would wait in the process until it ends.
        ("PYTHONUNBUFFERED", "1".to_owned()),
    ];
    if let Some(shard) = &task.shard {
        all.push(("MUSTER_SHARD_INDEX", shard.index.to_string()));
        all.push(("MUSTER_SHARD_TOTAL", shard.total.to_string()));
        all.push(("MUSTER_SHARD_PARAMETER", shard.parameter.clone()));
    }
    if task.workflow_instance != 0 {
        all.push(("MUSTER_WORKFLOW_INSTANCE_ID", task.workflow_instance.to_string()));
        all.push(("MUSTER_UPSTREAM", serde_json::to_string(&task.upstream).unwrap_or_default()));
    }
    // A variable ends at the first of these; the server refuses them, and others are not trusted to.
    all.iter_mut().for_each(|(_, value)| value.retain(|c| c != '\0'));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_may_name_an_interpreter() {
        let words = |text: &str| shebang(text).map(|words| words.join("|"));
        assert_eq!(words("#!/bin/bash\ndate").as_deref(), Some("/bin/bash"));
        assert_eq!(words("#! /usr/bin/env  python3 -u\n").as_deref(), Some("/usr/bin/env|python3 -u"));
        assert_eq!(words("# comment"), None);
        assert_eq!(words("#!\n"), None);
    }
}

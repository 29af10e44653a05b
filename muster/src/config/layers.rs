//! Where settings come from, and how the layers are laid over each other.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::settings::Settings;
use super::table::{Kind, Setting, TABLE};

/// The settings given on the command line: key and text.
#[derive(Clone, Debug, Default)]
pub struct Flags(pub BTreeMap<&'static str, String>);

/// What is wrong with the settings: one line for each fault, each with its place.
#[derive(Debug)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// Lays flags over environment over file over defaults.
///
/// `variables` is the environment; names that do not begin with `MUSTER_` are passed over. A variable that begins
/// so and names no setting is reported through the second value, as a warning: it may belong to a script.
///
/// # Errors
/// Every unknown key and every bad value, each with its place.
pub fn load(
    flags: &Flags,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<(Settings, Vec<String>), ConfigError> {
    let mut faults = Vec::new();
    let mut warnings = Vec::new();
    let environment = environment(variables, &mut faults, &mut warnings);
    let mut given: Values = BTreeMap::new();
    for (key, text) in &flags.0 {
        take_text(&mut given, key, text, &|setting| format!("--{}", setting.flag_name()), &mut faults);
    }
    let file =
        given.get("config").or_else(|| environment.get("config")).and_then(Value::as_str).map(PathBuf::from);
    let file = match file {
        Some(path) => read_file(&path, &mut faults),
        None => BTreeMap::new(),
    };
    if !faults.is_empty() {
        return Err(ConfigError(faults));
    }
    let mut merged = defaults();
    for layer in [file, environment, given] {
        merged.extend(layer);
    }
    let settings = Settings::try_from_tree(tree(merged)).map_err(|why| ConfigError(vec![why]))?;
    Ok((settings, warnings))
}

type Values = BTreeMap<&'static str, Value>;

fn find(key: &str) -> Option<&'static Setting> {
    TABLE.iter().find(|setting| setting.key == key)
}

fn defaults() -> Values {
    TABLE
        .iter()
        .filter(|setting| !setting.default.is_empty())
        .filter_map(|setting| Some((setting.key, from_text(setting.kind, setting.default).ok()?)))
        .collect()
}

fn environment(
    variables: impl IntoIterator<Item = (String, String)>,
    faults: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Values {
    let mut values = BTreeMap::new();
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix("MUSTER_") else { continue };
        let key = rest.to_lowercase().replace("__", ".");
        if find(&key).is_none() {
            warnings.push(format!("{name} in the environment names no setting"));
            continue;
        }
        // A variable set to nothing is how shells and containers say "not set".
        if !text.is_empty() {
            take_text(&mut values, &key, &text, &Setting::variable, faults);
        }
    }
    values
}

fn take_text(
    values: &mut Values,
    key: &str,
    text: &str,
    place: &dyn Fn(&Setting) -> String,
    faults: &mut Vec<String>,
) {
    let Some(setting) = find(key) else {
        faults.push(format!("{key}: there is no such setting"));
        return;
    };
    match from_text(setting.kind, text) {
        Ok(value) => {
            values.insert(setting.key, value);
        }
        Err(why) => faults.push(format!("{}: {why}", place(setting))),
    }
}

/// The value that `text` stands for where everything is text: flags, environment, defaults.
fn from_text(kind: Kind, text: &str) -> Result<Value, String> {
    let value = match kind {
        Kind::Text(_) | Kind::Address | Kind::Choice(_) => Value::String(text.to_owned()),
        Kind::Switch => match text {
            "true" | "1" | "yes" | "on" => Value::Boolean(true),
            "false" | "0" | "no" | "off" => Value::Boolean(false),
            _ => return Err(format!("{text:?} is neither true nor false")),
        },
        Kind::Number(..) => {
            Value::Integer(text.parse().map_err(|_| format!("{text:?} is not a whole number"))?)
        }
        Kind::List(_) => Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Value::String(item.to_owned()))
                .collect(),
        ),
    };
    check(kind, &value)?;
    Ok(value)
}

/// Whether a value is of its kind, wherever it comes from.
fn check(kind: Kind, value: &Value) -> Result<(), String> {
    match (kind, value) {
        (Kind::Text(_), Value::String(_)) | (Kind::Switch, Value::Boolean(_)) => Ok(()),
        (Kind::Address, Value::String(text)) => match text.parse::<SocketAddr>() {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("{text:?} is not an address such as 127.0.0.1:8080 or [::1]:8080")),
        },
        (Kind::Choice(words), Value::String(text)) if words.contains(&text.as_str()) => Ok(()),
        (Kind::Choice(words), Value::String(text)) => {
            Err(format!("{text:?} is none of {}", words.join(", ")))
        }
        (Kind::Number(low, high), Value::Integer(number)) if (low..=high).contains(number) => Ok(()),
        (Kind::Number(low, high), Value::Integer(number)) => {
            Err(format!("{number} is not between {low} and {high}"))
        }
        (Kind::List(_), Value::Array(items)) if items.iter().all(Value::is_str) => Ok(()),
        (Kind::Text(_) | Kind::Address | Kind::Choice(_), _) => Err("a text in quotes is needed".to_owned()),
        (Kind::Switch, _) => Err("true or false is needed".to_owned()),
        (Kind::Number(..), _) => Err("a whole number is needed".to_owned()),
        (Kind::List(_), _) => Err("a list of texts is needed".to_owned()),
    }
}

fn read_file(path: &Path, faults: &mut Vec<String>) -> Values {
    match std::fs::read_to_string(path) {
        Ok(text) => parse_file(&path.display().to_string(), &text, faults),
        Err(error) => {
            faults.push(format!("{}: {error}", path.display()));
            BTreeMap::new()
        }
    }
}

fn parse_file(name: &str, text: &str, faults: &mut Vec<String>) -> Values {
    let mut values = BTreeMap::new();
    let mut found: Vec<(usize, String)> = Vec::new();
    match DeTable::parse(text) {
        Ok(root) => walk("", root.get_ref(), &mut |key, at, value| match (find(key), value) {
            (Some(setting), Some(value)) if setting.key != "config" => match check(setting.kind, &value) {
                Ok(()) => {
                    values.insert(setting.key, value);
                }
                Err(why) => found.push((at, format!("{key}: {why}"))),
            },
            _ => found.push((at, format!("{key}: there is no such setting{}", suggestion(key)))),
        }),
        Err(error) => found.push((error.span().map_or(0, |span| span.start), error.message().to_owned())),
    }
    // In the order of the file, not of the keys.
    found.sort();
    faults.extend(found.into_iter().map(|(at, what)| {
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{name}:{line}:{column}: {what}")
    }));
    values
}

/// Calls `each` for every leaf with its key and place; with `None` for a table that no setting lies in.
fn walk(prefix: &str, table: &DeTable<'_>, each: &mut dyn FnMut(&str, usize, Option<Value>)) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        let section = format!("{key}.");
        match value.get_ref() {
            DeValue::Table(inner) if TABLE.iter().any(|setting| setting.key.starts_with(&section)) => {
                walk(&key, inner, each);
            }
            DeValue::Table(_) => each(&key, name.span().start, None),
            _ => match plain(value) {
                Some(plain) if find(&key).is_some() => each(&key, value.span().start, Some(plain)),
                _ => each(&key, name.span().start, None),
            },
        }
    }
}

fn plain(value: &Spanned<DeValue<'_>>) -> Option<Value> {
    Some(match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(truth) => Value::Boolean(*truth),
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().ok()?),
        DeValue::Datetime(instant) => Value::Datetime(*instant),
        DeValue::Array(items) => Value::Array(items.iter().map(plain).collect::<Option<_>>()?),
        DeValue::Table(_) => return None,
    })
}

/// Names the setting that was probably meant.
fn suggestion(key: &str) -> String {
    let spelled = key.replace('-', "_").to_lowercase();
    let last = spelled.rsplit('.').next().unwrap_or_default();
    TABLE
        .iter()
        .find(|setting| setting.key == spelled)
        .or_else(|| TABLE.iter().find(|setting| setting.key.rsplit('.').next() == Some(last)))
        .map_or_else(String::new, |setting| format!(" (there is {})", setting.key))
}

fn tree(values: Values) -> Table {
    let mut root = Table::new();
    for (key, value) in values {
        match key.split_once('.') {
            None => {
                root.insert(key.to_owned(), value);
            }
            Some((section, name)) => {
                let section = root.entry(section).or_insert_with(|| Value::Table(Table::new()));
                if let Value::Table(section) = section {
                    section.insert(name.to_owned(), value);
                }
            }
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn flags(list: &[(&'static str, &str)]) -> Flags {
        Flags(list.iter().map(|(key, text)| (*key, (*text).to_owned())).collect())
    }

    fn write(text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("muster.toml");
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (folder, path)
    }

    #[test]
    fn without_anything_the_defaults_hold() {
        let (settings, warnings) = load(&Flags::default(), []).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.worker_listen.to_string(), "127.0.0.1:52014");
        assert_eq!(settings.data, Path::new("./muster-data"));
        assert!(settings.database.is_none() && warnings.is_empty());
    }

    #[test]
    fn a_flag_wins_over_environment_over_file_over_default() {
        let (_folder, path) = write(
            "listen = '127.0.0.1:1'\nworker_listen = '127.0.0.1:2'\nregion = 'r-file'\n[http]\nbody_limit = 2048\n",
        );
        let given = flags(&[("config", &path), ("listen", "127.0.0.1:9")]);
        let environment = variables(&[
            ("MUSTER_LISTEN", "127.0.0.1:8"),
            ("MUSTER_WORKER_LISTEN", "127.0.0.1:7"),
            ("MUSTER_HTTP__TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7"),
            ("MUSTER_REGION", ""),
            ("PATH", "/bin"),
        ]);
        let (settings, warnings) = load(&given, environment).unwrap();
        assert_eq!(settings.listen.port(), 9);
        assert_eq!(settings.worker_listen.port(), 7);
        assert_eq!(settings.region, "r-file");
        assert_eq!(settings.http.body_limit, 2048);
        assert_eq!(settings.http.trusted_proxies, ["10.0.0.0/8", "192.0.2.7"]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn the_environment_may_name_the_file() {
        let (_folder, path) = write("[zstack]\napi_mode = 'async'\n");
        let (settings, _) = load(&Flags::default(), variables(&[("MUSTER_CONFIG", &path)])).unwrap();
        assert_eq!(settings.zstack.api_mode, "async");
    }

    #[test]
    fn faults_are_reported_all_at_once_each_with_its_place() {
        let (_folder, path) =
            write("listen = 80\nlissten = 'x'\n\n[http]\nbody-limit = 1\nbody_limit = 1\n[nothing]\na = 1\n");
        let error =
            load(&flags(&[("config", &path), ("local_worker", "maybe")]), []).unwrap_err().to_string();
        let lines: Vec<String> = error.lines().map(|line| line.replace(&path, "F")).collect();
        assert_eq!(
            lines,
            [
                "--local-worker: \"maybe\" is none of auto, on, off",
                "F:1:10: listen: a text in quotes is needed",
                "F:2:1: lissten: there is no such setting",
                "F:5:1: http.body-limit: there is no such setting (there is http.body_limit)",
                "F:6:14: http.body_limit: 1 is not between 1024 and 1073741824",
                "F:7:2: nothing: there is no such setting",
            ]
        );
    }

    #[test]
    fn a_file_that_is_no_toml_names_the_line() {
        let (_folder, path) = write("listen = '127.0.0.1:1'\nregion = \n");
        let error = load(&flags(&[("config", &path)]), []).unwrap_err().to_string();
        assert!(error.contains("muster.toml:2:"), "{error}");
    }

    #[test]
    fn an_unknown_variable_is_a_warning_because_scripts_have_their_own() {
        let (_, warnings) = load(&Flags::default(), variables(&[("MUSTER_BIN", "x")])).unwrap();
        assert_eq!(warnings, ["MUSTER_BIN in the environment names no setting"]);
    }

    #[test]
    fn tls_needs_both_files() {
        let error = load(&flags(&[("tls_cert", "cert.pem")]), []).unwrap_err().to_string();
        assert!(error.contains("tls_key"), "{error}");
    }

    /// Every setting of the table reaches the typed form, and the typed form knows no other.
    #[test]
    fn the_table_and_the_typed_form_agree() {
        let sample = |setting: &Setting| match setting.kind {
            Kind::Text(_) => Value::String("+08:00".to_owned()),
            Kind::Address => Value::String("127.0.0.1:1".to_owned()),
            Kind::Switch => Value::Boolean(true),
            Kind::Number(low, _) => Value::Integer(low),
            Kind::Choice(words) => Value::String(words[words.len() - 1].to_owned()),
            Kind::List(_) => Value::Array(vec![Value::String("192.0.2.1".to_owned())]),
        };
        let all: Values = TABLE.iter().map(|setting| (setting.key, sample(setting))).collect();
        Settings::try_from_tree(tree(all)).unwrap();
        Settings::try_from_tree(tree(defaults())).unwrap();
    }
}

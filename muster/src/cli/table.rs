//! Results as people read them: lists as columns, single things as lines.

use serde_json::Value;

/// A list of objects as a table with a header, an object as `name  value` lines.
pub(super) fn text(result: &Value) -> String {
    match result {
        Value::Array(rows) => table(rows),
        Value::Object(members) => {
            let width = members.keys().map(String::len).max().unwrap_or(0);
            members.iter().map(|(name, value)| format!("{name:<width$}  {}\n", cell(value))).collect()
        }
        other => cell(other),
    }
}

fn table(rows: &[Value]) -> String {
    let Some(first) = rows.first().and_then(Value::as_object) else { return "none\n".to_owned() };
    let names: Vec<&str> = first.keys().map(String::as_str).collect();
    let header = names.iter().map(|name| name.to_uppercase()).collect();
    let lines: Vec<Vec<String>> = std::iter::once(header)
        .chain(rows.iter().map(|row| names.iter().map(|name| cell(&row[*name])).collect()))
        .collect();
    let widths: Vec<usize> = (0..names.len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in lines {
        let cells: Vec<_> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Object(_) => format!("{value:#}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_columns_and_things_are_lines() {
        let rows = json!([{"id": "1", "on": true}, {"id": "告警", "on": false}]);
        assert_eq!(text(&rows), "ID  ON\n1   yes\n告警  no\n");
        assert_eq!(text(&json!({"id": "1", "secret": null})), "id      1\nsecret  -\n");
        assert_eq!(text(&json!([])), "none\n");
    }
}

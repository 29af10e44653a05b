//! Numbers as Cloud Eye shows them: whole ones for series of whole numbers, else cut after two decimals.

use muster_metrics::ValueKind;
use serde_json::{Value, json};

/// A single sample, as it came.
pub(super) fn sample(value: f64, kind: ValueKind) -> Value {
    match kind {
        ValueKind::Integer if value == value.trunc() => whole(value),
        _ => json!(value),
    }
}

/// What a window comes to.
pub(super) fn figure(value: f64, kind: ValueKind) -> Value {
    match kind {
        ValueKind::Integer => whole(cut(value, 0)),
        ValueKind::Float => json!(cut(value, 2)),
    }
}

fn whole(value: f64) -> Value {
    // Beyond 2^53 the nearest whole number is the double itself.
    if value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

/// Cuts after so many decimals. What a double cannot tell from a shorter decimal is that decimal: 0.29 is not cut to
/// 0.28, nor is a sum of 0.7 and 0.1 to 0.79.
fn cut(value: f64, decimals: usize) -> f64 {
    if value.abs() >= 1e15 {
        return value;
    }
    let text = format!("{value:.14e}");
    let rounded: f64 = text.parse().unwrap_or(value);
    let text = format!("{rounded}");
    let end = text.find('.').map_or(text.len(), |dot| text.len().min(dot + 1 + decimals));
    let shown: f64 = text[..end].parse().unwrap_or(rounded);
    // No minus before nothing.
    if shown == 0.0 { 0.0 } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_cut_and_not_rounded() {
        for (value, expected) in [
            (2.5, "2.5"),
            (2.999, "2.99"),
            (-2.999, "-2.99"),
            (0.29, "0.29"),
            (0.7 + 0.1, "0.8"),
            (1.0 / 3.0, "0.33"),
            (35.7, "35.7"),
            (12.0, "12.0"),
            (-0.001, "0.0"),
            (1e-9, "0.0"),
            (123_456_789.128, "123456789.12"),
        ] {
            assert_eq!(figure(value, ValueKind::Float).to_string(), expected, "{value}");
        }
        assert_eq!(figure(1e20, ValueKind::Float), json!(1e20));
    }

    #[test]
    fn whole_numbers_stay_whole() {
        for (value, expected) in
            [(2.5, "2"), (-2.5, "-2"), (6.0, "6"), (0.999, "0"), (2.999_999_999_999_999_6, "3")]
        {
            assert_eq!(figure(value, ValueKind::Integer).to_string(), expected, "{value}");
        }
        assert_eq!(sample(7.0, ValueKind::Integer).to_string(), "7");
        assert_eq!(sample(7.5, ValueKind::Integer).to_string(), "7.5");
        assert_eq!(sample(1.239, ValueKind::Float).to_string(), "1.239");
    }
}

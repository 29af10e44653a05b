//! The vendor's names for statistics.

use muster_metrics::{Detail, Statistic};
use serde_json::{Map, Value};

/// All statistics of a window, as they stand in datapoints and in what is pushed.
const NAMES: [(&str, Statistic); 21] = [
    ("Average", Statistic::Average),
    ("Maximum", Statistic::Maximum),
    ("Minimum", Statistic::Minimum),
    ("Sum", Statistic::Sum),
    ("SampleCount", Statistic::Count),
    ("SumPerSecond", Statistic::SumPerSecond),
    ("CountPerSecond", Statistic::CountPerSecond),
    ("LastValue", Statistic::Last),
    ("P10", Statistic::Percentile(10)),
    ("P20", Statistic::Percentile(20)),
    ("P30", Statistic::Percentile(30)),
    ("P40", Statistic::Percentile(40)),
    ("P50", Statistic::Percentile(50)),
    ("P60", Statistic::Percentile(60)),
    ("P70", Statistic::Percentile(70)),
    ("P75", Statistic::Percentile(75)),
    ("P80", Statistic::Percentile(80)),
    ("P90", Statistic::Percentile(90)),
    ("P95", Statistic::Percentile(95)),
    ("P98", Statistic::Percentile(98)),
    ("P99", Statistic::Percentile(99)),
];

/// All of them as catalogues write them.
pub(super) const ALL: &str = "Average,Maximum,Minimum,Sum,SampleCount,SumPerSecond,CountPerSecond,LastValue,\
                              P10,P20,P30,P40,P50,P60,P70,P75,P80,P90,P95,P98,P99";

/// The statistic with this name.
pub(super) fn named(name: &str) -> Option<Statistic> {
    NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, statistic)| statistic)
}

/// Writes the statistics of a window that are known and, where names are given, asked for.
pub(super) fn write(point: &mut Map<String, Value>, window: &Detail, names: &[String]) {
    for (name, statistic) in NAMES {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        if let Some(value) = window.statistic(statistic) {
            point.insert(name.to_owned(), number(value));
        }
    }
}

/// A number as the vendor writes it: whole ones without a decimal point.
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value == value.trunc() && value.abs() < EXACT { Value::from(value as i64) } else { Value::from(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_what_the_table_knows() {
        let names: Vec<_> = NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!(ALL, names.join(","));
        assert_eq!((named("P95"), named("P96")), (Some(Statistic::Percentile(95)), None));
    }

    #[test]
    fn whole_numbers_have_no_decimal_point() {
        let texts = [100.0, -3.0, 93.1, 0.0, 1e17, -0.5].map(|value| number(value).to_string());
        assert_eq!(texts, ["100", "-3", "93.1", "0", "1e+17", "-0.5"]);
    }
}

//! Our evaluator against Quartz itself: `quartz.txt` holds thousands of its answers, made by `jobs/quartz-table`.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use muster_core::{Random, Timestamp};

use super::Cron;

const TABLE: &str = include_str!("quartz.txt");

/// Fields that Quartz accepts although it overlooks a part of what they say, or never fires by them. We refuse them.
const OVERLOOKED: &[&str] = &[
    ",", "*/-1", "1-2-3", "1,", ",1", "1,,2", "**", "*1", "*-1", "1.5", "1E1", "0X1", "5C", "L", "LW", "L-",
    "L-0", "L-31", "L-32", "L-W", "L,1", "1,L", "L-3,5", "1W,2W", "JANFEB", "8#1", "0#1", "27", "2027,",
];

/// A weekday nearest to a day that its month lacks: Quartz takes the Friday before when the day after the month's last is
/// a Saturday, but not when it comes from the month before. We take it always, so that the answer does not depend on
/// where the question started.
const DEPENDS_ON_ITS_START: &[&str] = &["0 0 0 29W JAN-MAR ?"];

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1000)
}

/// What we say where the table has `line`, in its form.
fn answer(cron: &Cron, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let (zone, start): (&str, i64) = (words[0], words[1].parse().unwrap());
    let tz = TimeZone::get(zone).unwrap();
    let mut said = format!("{zone} {start}");
    let mut second = start;
    for _ in 2..words.len() {
        let Some(next) = cron.next_after(at(second), &tz) else { return said + " ." };
        said.push_str(&format!(" {}", next.seconds() - second));
        second = next.seconds();
    }
    said
}

#[test]
fn every_answer_is_that_of_quartz() {
    let (mut cron, mut expression) = (None, "");
    let (mut asked, mut differences) = (0, Vec::new());
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        asked += 1;
        let (mark, rest) = line.split_at(2);
        let text = rest.replace("\\t", "\t");
        match mark {
            "= " => {
                (cron, expression) = (None, rest);
                match Cron::parse(&text) {
                    Ok(parsed) => cron = Some(parsed),
                    Err(_) if text.split(' ').any(|field| OVERLOOKED.contains(&&*field.to_uppercase())) => {}
                    Err(why) => differences.push(format!("{line}\n    refused: {why}")),
                }
            }
            "! " => {
                if Cron::parse(&text).is_ok() {
                    differences.push(format!("{line}\n    accepted"));
                }
            }
            _ => {
                if let Some(cron) = &cron {
                    let ours = answer(cron, line);
                    if ours != line && !DEPENDS_ON_ITS_START.contains(&expression) {
                        differences.push(format!("{expression}: {line}\n    {ours}"));
                    }
                }
            }
        }
        *kinds.entry(if mark.ends_with(' ') { mark } else { "answer" }).or_default() += 1;
    }
    assert!(asked > 4_000, "the table is cut: {kinds:?}");
    assert!(differences.is_empty(), "{} of {asked}:\n{}", differences.len(), differences.join("\n"));
}

fn below(random: &mut Random, bound: u32) -> u32 {
    u32::from_le_bytes(random.bytes()) % bound
}

fn field(random: &mut Random, min: u32, max: u32) -> String {
    let (a, b) = (min + below(random, max - min + 1), min + below(random, max - min + 1));
    let step = 1 + below(random, max - min);
    match below(random, 6) {
        0 => "*".to_owned(),
        1 => a.to_string(),
        2 => format!("{a}-{b}"),
        3 => format!("{a}/{step}"),
        4 => format!("{a}-{b}/{step}"),
        _ => format!("{a},{b}"),
    }
}

fn expression(random: &mut Random) -> String {
    let time = [(0, 59), (0, 59), (0, 23)].map(|(min, max)| field(random, min, max)).join(" ");
    let month = field(random, 1, 12);
    let days = match below(random, 8) {
        0 => format!("? {month} {}", field(random, 1, 7)),
        1 => format!("L-{} {month} ?", below(random, 31)),
        2 => format!("{}W {month} ?", 1 + below(random, 31)),
        3 => format!("? {month} {}#{}", 1 + below(random, 7), 1 + below(random, 5)),
        _ => format!("{} {month} ?", field(random, 1, 31)),
    };
    format!("{time} {days}")
}

/// Expressions at random, with starts and zones: what holds whatever Quartz says.
#[test]
fn fires_lie_after_their_start_and_in_order() {
    const ZONES: [&str; 6] = [
        "UTC",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
    ];
    let mut random = Random::from_number(7);
    let random = &mut random;
    for _ in 0..1_000 {
        let expression = expression(random);
        let cron = Cron::parse(&expression).unwrap_or_else(|why| panic!("{expression}: {why}"));
        let zone = TimeZone::get(ZONES[below(random, 6) as usize]).unwrap();
        // From 1995 on, with milliseconds: a start within a second is after that second.
        let ms = i64::from(below(random, 1 << 31)) * 500 + i64::from(below(random, 1000));
        let mut after = Timestamp::from_millis(800_000_000_000 + ms);
        for _ in 0..20 {
            let Some(next) = cron.next_after(after, &zone) else { break };
            assert!(next > after && next.millis() % 1000 == 0, "{expression} after {after}: {next}");
            // Asked from any moment in between, the answer is the same.
            let between = after.plus_ms(i64::from(below(random, 1000)) * next.since(after) / 1000);
            assert_eq!(cron.next_after(between, &zone), Some(next), "{expression} after {between}");
            after = next;
        }
    }
}

/// How many days are looked at is bounded by the years that an expression may name, and the seconds of a day by those
/// of one day: this ends within seconds although none of it ever fires.
#[test]
fn what_never_fires_is_found_out() {
    let starts = [0, 1_768_465_800, 4_102_444_799, 253_402_300_000].map(at);
    for expression in [
        "0 0 0 30 2 ?",
        "* * * 31 4,6,9,11 ?",
        "* * * 29 2 ? 2026-2027",
        "* * * ? 2 1#5 2026-2031",
        "* * * * * ? 1970",
    ] {
        let cron = Cron::parse(expression).unwrap();
        for zone in ["UTC", "Pacific/Apia", "America/Sao_Paulo"].map(|zone| TimeZone::get(zone).unwrap()) {
            for start in &starts[1..] {
                assert_eq!(cron.next_after(*start, &zone), None, "{expression} after {start}");
            }
        }
    }
    assert_eq!(Cron::parse("* * * * * ? 1970").unwrap().next_after(starts[0], &TimeZone::UTC), Some(at(1)));
}

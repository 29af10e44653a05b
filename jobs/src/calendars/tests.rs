//! The rules of calendars, on each store.

use jiff::tz::TimeZone;
use muster_core::PageRequest;
use muster_db::testing::TestStore;
use muster_identity::testing::root_caller;

use super::*;
use crate::testing::migrations;

#[test]
fn a_calendar_says_on_which_days_jobs_run() {
    TestStore::on_each(&migrations(), |store| {
        store.db.write_blocking(|tx| {
            let (alice, bob) = (root_caller("1"), root_caller("2"));
            create(tx, &alice, "shop", 2026, r#"[{"month":1,"days":[15,16]},{"month":2,"days":[1]}]"#)?;
            let again = create(tx, &alice, "shop", 2026, "[]");
            assert!(matches!(again, Err(Error::AlreadyExists { .. })));
            assert!(matches!(create(tx, &alice, "workday", 2026, "[]"), Err(Error::AlreadyExists { .. })));
            for (year, months) in [(2026, "x"), (2026, r#"[{"month":2,"days":[29]}]"#), (1969, "[]")] {
                assert!(matches!(create(tx, &alice, "bad", year, months), Err(Error::Invalid { .. })));
            }
            // 2026-01-15T08:30:00Z, and three days later.
            let (thursday, sunday) = (tx.now(), tx.now().plus_ms(3 * 86_400_000));
            let days = days(tx, "1", "shop")?;
            assert!(days.hold(thursday, &TimeZone::UTC) && !days.hold(sunday, &TimeZone::UTC));
            assert!(!days.hold(thursday.plus_ms(366 * 86_400_000), &TimeZone::UTC), "a year without a row");
            let weekdays = super::days(tx, "1", "workday")?;
            assert!(weekdays.hold(thursday, &TimeZone::UTC) && !weekdays.hold(sunday, &TimeZone::UTC));

            change(tx, &alice, "shop", 2026, r#"[{"month":1,"days":[18]}]"#, true)?;
            let filter = CalendarFilter { name: Some("shop".into()), year: None, page: PageRequest::ALL };
            let months = list(tx, &alice, &filter)?.items.remove(0).months;
            assert_eq!(months, r#"[{"month":1,"days":[18]},{"month":2,"days":[1]}]"#);
            change(tx, &alice, "shop", 2026, r#"[{"month":3,"days":[1]}]"#, false)?;
            assert_eq!(list(tx, &alice, &filter)?.items[0].months, r#"[{"month":3,"days":[1]}]"#);

            assert_eq!(list(tx, &bob, &filter)?.total, 0);
            assert!(!exists(tx, "2", "shop")?);
            assert!(matches!(delete(tx, &bob, "shop", 2026), Err(Error::NotFound { .. })));
            delete(tx, &alice, "shop", 2026)?;
            assert!(matches!(delete(tx, &alice, "shop", 2026), Err(Error::NotFound { .. })));
            Ok(())
        })
    })
    .unwrap();
}

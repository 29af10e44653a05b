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
            let filter = CalendarFilter {
                name: Some("shop".into()),
                year: None,
                with_system: false,
                page: PageRequest::ALL,
            };
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

#[test]
fn working_days_exist_from_the_start_and_an_account_may_say_more() {
    TestStore::on_each(&migrations(), |store| {
        store.db.write_blocking(|tx| {
            let (alice, bob) = (root_caller("1"), root_caller("2"));
            let page = |offset, limit| CalendarFilter {
                name: None,
                year: None,
                with_system: true,
                page: PageRequest { offset, limit },
            };
            let names = |calendars: &[Calendar]| {
                let name = |calendar: &Calendar| format!("{} {}", calendar.name, calendar.year);
                calendars.iter().map(name).collect::<Vec<_>>()
            };
            create(tx, &alice, "shop", 2026, "[]")?;
            let all = list(tx, &alice, &page(0, 20))?;
            assert_eq!(
                names(&all.items),
                ["workday 2026", "workday 2027", "finance 2026", "finance 2027", "shop 2026"]
            );
            assert_eq!(names(&list(tx, &alice, &page(3, 2))?.items), ["finance 2027", "shop 2026"]);
            assert_eq!(
                (names(&list(tx, &alice, &page(4, 2))?.items), all.total),
                (vec!["shop 2026".to_owned()], 5)
            );
            assert!(
                all.items[0].is_system && all.items[0].months.starts_with(r#"[{"month":1,"days":[1,2,5,"#)
            );

            // 2026-01-15T08:30:00Z is a Thursday: a holiday from now on, under both of its names.
            let thursday = tx.now();
            change(tx, &alice, "工作日", 2026, r#"[{"month":1,"days":[16]}]"#, true)?;
            for name in ["workday", "工作日"] {
                assert!(exists(tx, "1", name)? && !days(tx, "1", name)?.hold(thursday, &TimeZone::UTC));
            }
            assert!(days(tx, "2", "workday")?.hold(thursday, &TimeZone::UTC));
            let mine = list(tx, &alice, &page(0, 1))?.items.remove(0);
            assert!(
                mine.months.starts_with(r#"[{"month":1,"days":[16]},{"month":2,"days":[2,3,"#),
                "{}",
                mine.months
            );
            delete(tx, &alice, "workday", 2026)?;
            assert!(days(tx, "1", "workday")?.hold(thursday, &TimeZone::UTC));
            assert!(matches!(delete(tx, &bob, "workday", 2026), Err(Error::NotFound { .. })));
            Ok(())
        })
    })
    .unwrap();
}

//! The coverage page: made from the tables that dispatch requests, so that it cannot say more than is served.

use std::fmt::Write;

use muster_alibaba::{cloudmonitor, schedulerx};
use muster_huawei::{cloudeye, workspace};
use muster_wire::Coverage;

/// Every API, in the order of the README.
pub fn apis() -> Vec<Coverage> {
    vec![
        Coverage::of(schedulerx::CATALOGUE, schedulerx::OPERATIONS),
        Coverage::of(cloudmonitor::CATALOGUE, cloudmonitor::OPERATIONS),
        Coverage::of(&cloudeye::OPERATIONS, cloudeye::ROUTES.iter().map(|route| &route.entry)),
        workspace::coverage(),
        muster_zstack::coverage(),
    ]
}

/// `docs/coverage.md`.
pub fn page() -> String {
    let apis = apis();
    let mut text = String::from(
        "# Coverage\n\nEvery operation of every API that Muster speaks, served or not. An operation that is not served is refused as \
         unknown; nothing answers success without having done something. \"Records only\" says that the records are kept with all \
         their rules, and that the work behind them comes in a later release.\n\nThis page is made from the tables that dispatch requests.\n\n\
         | API | served | of |\n|---|---|---|\n",
    );
    for api in &apis {
        let (served, all) = api.count();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} | {served} | {all} |", api.api);
    }
    for api in &apis {
        let _ = write!(text, "\n{}", api.markdown());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/coverage.md");

    /// `MUSTER_WRITE_DOCS=1 cargo test -p muster coverage` makes the page anew.
    #[test]
    fn the_coverage_page_says_what_the_tables_say() {
        let page = page();
        if std::env::var_os("MUSTER_WRITE_DOCS").is_some() {
            std::fs::write(PAGE, &page).unwrap();
        }
        let written = std::fs::read_to_string(PAGE).unwrap();
        assert!(
            written == page,
            "docs/coverage.md is stale: MUSTER_WRITE_DOCS=1 cargo test -p muster coverage"
        );
    }

    #[test]
    fn each_api_lists_its_whole_contract() {
        let sizes = apis().iter().map(|api| (api.api, api.operations.len())).collect::<Vec<_>>();
        let size = |name: &str| sizes.iter().find(|(api, _)| *api == name).map(|(_, size)| *size);
        assert_eq!(size("SchedulerX"), Some(61), "{sizes:?}");
        assert_eq!(size("CloudMonitor"), Some(161), "{sizes:?}");
        assert_eq!(size("Cloud Eye"), Some(79), "{sizes:?}");
        assert_eq!(size("Workspace"), Some(174), "{sizes:?}");
        assert!(size("ZStack").is_some_and(|size| size > 50), "{sizes:?}");
    }
}

//! The vendor's words for our kinds of things, in both directions.

use muster_apps::{AppKind, DiskKind, ImageSource, MountPolicy, OperatingSystem, SessionPackage};

/// A vendor's words with what they stand for.
pub(crate) type Words<T> = [(&'static str, T)];

pub(crate) const APP_KINDS: &Words<AppKind> =
    &[("COMMON_APP", AppKind::Apps), ("SESSION_DESKTOP_APP", AppKind::SharedDesktop)];

pub(crate) const OPERATING_SYSTEMS: &Words<OperatingSystem> = &[
    ("Windows", OperatingSystem::Windows),
    ("Linux", OperatingSystem::Linux),
    ("Other", OperatingSystem::Other),
];

pub(crate) const IMAGE_SOURCES: &Words<ImageSource> = &[
    ("gold", ImageSource::Market),
    ("public", ImageSource::Public),
    ("private", ImageSource::Private),
    ("shared", ImageSource::Shared),
    ("other", ImageSource::Other),
];

pub(crate) const DISK_KINDS: &Words<DiskKind> = &[
    ("ESSD", DiskKind::ExtremeSsd),
    ("SSD", DiskKind::Ssd),
    ("GPSSD", DiskKind::GeneralSsd),
    ("SAS", DiskKind::Sas),
    ("SATA", DiskKind::Sata),
];

pub(crate) const MOUNT_POLICIES: &Words<MountPolicy> =
    &[("ANY", MountPolicy::Any), ("USER", MountPolicy::User), ("SHARE", MountPolicy::Shared)];

pub(crate) const SESSION_PACKAGES: &Words<SessionPackage> =
    &[("CPU", SessionPackage::Cpu), ("GPU", SessionPackage::Gpu)];

/// The vendor's word for `meaning`. Each of the tables above is complete, which its test proves.
pub(crate) fn spell<T: PartialEq>(words: &Words<T>, meaning: &T) -> &'static str {
    words.iter().find(|(_, known)| known == meaning).map_or("", |(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word() {
        // Exhaustive matches: a new kind does not compile until it is looked up here.
        let kind = |kind| match kind {
            AppKind::Apps | AppKind::SharedDesktop => spell(APP_KINDS, &kind),
        };
        assert_eq!(kind(AppKind::Apps), "COMMON_APP");
        assert_eq!(kind(AppKind::SharedDesktop), "SESSION_DESKTOP_APP");
        for disk in DiskKind::ALL {
            assert_ne!(spell(DISK_KINDS, &disk), "");
        }
        let os = |os| match os {
            OperatingSystem::Linux | OperatingSystem::Windows | OperatingSystem::Other => {
                spell(OPERATING_SYSTEMS, &os)
            }
        };
        assert_eq!(os(OperatingSystem::Linux), "Linux");
        assert_eq!(os(OperatingSystem::Windows), "Windows");
        assert_eq!(os(OperatingSystem::Other), "Other");
        let source = |source| match source {
            ImageSource::Market
            | ImageSource::Public
            | ImageSource::Private
            | ImageSource::Shared
            | ImageSource::Other => spell(IMAGE_SOURCES, &source),
        };
        let sources = [
            ImageSource::Market,
            ImageSource::Public,
            ImageSource::Private,
            ImageSource::Shared,
            ImageSource::Other,
        ];
        assert_eq!(sources.map(source), ["gold", "public", "private", "shared", "other"]);
        let policy = |policy| match policy {
            MountPolicy::Any | MountPolicy::User | MountPolicy::Shared => spell(MOUNT_POLICIES, &policy),
        };
        let policies = [MountPolicy::Any, MountPolicy::User, MountPolicy::Shared];
        assert_eq!(policies.map(policy), ["ANY", "USER", "SHARE"]);
        let package = |package| match package {
            SessionPackage::Cpu | SessionPackage::Gpu => spell(SESSION_PACKAGES, &package),
        };
        assert_eq!([SessionPackage::Cpu, SessionPackage::Gpu].map(package), ["CPU", "GPU"]);
    }
}

//! How a group is, summed up from its members.

/// How a member or a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Watched by at least one rule, and none is in alarm.
    Healthy,
    /// At least one rule is in alarm.
    Unhealthy,
    /// No enabled rule watches it.
    NotWatched,
}

/// The members of a group, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// All members.
    pub total: u64,
    /// Whether an enabled metric rule watches any of them.
    pub watched: bool,
    /// Members of which a metric rule is in alarm.
    pub unhealthy: u64,
    /// Whether an enabled event rule watches any of them.
    pub event_watched: bool,
    /// Members with an active event alarm.
    pub event_unhealthy: u64,
    /// Distinct namespaces.
    pub namespaces: u64,
}

impl Statistics {
    /// The group's health by metric rules. One member in alarm is enough; an empty group is not watched.
    pub fn health(&self) -> Health {
        sum_up(self.watched, self.unhealthy)
    }

    /// The group's health by event rules.
    pub fn event_health(&self) -> Health {
        sum_up(self.event_watched, self.event_unhealthy)
    }
}

fn sum_up(watched: bool, unhealthy: u64) -> Health {
    match (watched, unhealthy) {
        (_, 1..) => Health::Unhealthy,
        (true, 0) => Health::Healthy,
        (false, 0) => Health::NotWatched,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_member_in_alarm_outweighs_all_others() {
        let of = |watched, unhealthy| {
            Statistics { total: 5, watched, unhealthy, ..Statistics::default() }.health()
        };
        assert_eq!(of(true, 1), Health::Unhealthy);
        assert_eq!(of(true, 0), Health::Healthy);
        assert_eq!(of(false, 0), Health::NotWatched);
    }
}

//! Following what comes in, for whoever watches many series.

use muster_core::{Result, Timestamp};
use muster_db::Tx;

use super::Service;
use crate::model::{Sample, Scope, Series, SeriesId, SeriesName};
use crate::point::{Point, put_in_order};

/// How far what came to this node was looked at. The default has seen nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewsMark {
    arrived: u64,
    appeared: u64,
}

/// What came to this node since a mark.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// Samples that came, each with its instant.
    pub arrived: Vec<(SeriesId, Timestamp)>,
    /// Series that are reported for the first time, or again after a silence.
    pub appeared: Vec<SeriesId>,
    /// After very many, some were forgotten: look at everything again.
    pub is_complete: bool,
}

impl Service {
    /// Brings this node's memory up to what `tx` sees, and gives what came since `mark`, with the next mark.
    ///
    /// # Errors
    /// Those of the store.
    pub fn news(&self, tx: &mut Tx<'_>, mark: NewsMark) -> Result<(News, NewsMark)> {
        self.follow(tx)?;
        let memory = self.memory();
        let mut news = News::default();
        let (arrived, all_arrived) = memory.arrived().since(mark.arrived, &mut news.arrived);
        let (appeared, all_appeared) = memory.appeared().since(mark.appeared, &mut news.appeared);
        news.is_complete = all_arrived && all_appeared;
        Ok((news, NewsMark { arrived, appeared }))
    }

    /// Hands over those of these series that are reported, each with its account and project.
    pub fn each_of(&self, ids: &[SeriesId], mut take: impl FnMut(Scope<'_>, &Series)) {
        let memory = self.memory();
        for id in ids {
            if let Some(((account_id, project_id), series)) = memory.series_with_scope(*id) {
                take(Scope { account_id, project_id }, series);
            }
        }
    }

    /// Hands over all series that are reported, of whatever account. Nothing else can be asked meanwhile.
    pub fn each_series(&self, mut take: impl FnMut(Scope<'_>, &Series)) {
        for ((account_id, project_id), series) in self.memory().all_series() {
            take(Scope { account_id, project_id }, series);
        }
    }

    /// A reported series of this name, as this node's memory has it.
    pub fn find_reported(&self, scope: Scope<'_>, name: &SeriesName) -> Option<SeriesId> {
        self.memory().find(scope, name.text()).map(|known| known.series.id)
    }

    /// The samples of many series, each from an instant on, in the order of time: for whoever looks at each of them.
    /// Those that came too late to be counted are left out.
    ///
    /// # Errors
    /// Those of the store.
    pub fn samples_from(
        &self,
        tx: &mut Tx<'_>,
        reads: &[(SeriesId, Timestamp)],
        mut take: impl FnMut(usize, Vec<Sample>),
    ) -> Result<()> {
        const END: Timestamp = Timestamp::from_millis(i64::MAX);
        self.follow(tx)?;
        for (place, (series, from)) in reads.iter().enumerate() {
            let remembered = {
                let memory = self.memory();
                let mut points = Vec::new();
                if *from >= memory.complete_from {
                    memory.points(*series, (*from, END), false, &mut points)?;
                    put_in_order(&mut points);
                    Some(points)
                } else {
                    None
                }
            };
            let points = match remembered {
                Some(points) => points,
                None => self.collect(tx, *series, (*from, END), false)?,
            };
            take(place, points.iter().map(Point::sample).collect());
        }
        Ok(())
    }
}

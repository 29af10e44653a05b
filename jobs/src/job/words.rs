//! The words that jobs are described with, each an enum with the text under which it is stored.

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$each])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text in the store.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The one with this text.
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }

        impl ::muster_db::ToValue for $name {
            fn to_value(&self) -> ::muster_db::Value<'_> {
                ::muster_db::Value::Text(self.as_str().into())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What runs.
    JobKind {
        /// A class of a Java worker.
        Java = "java",
        /// A task that a Go worker has registered.
        Go = "go",
        /// A shell script.
        Shell = "shell",
        /// A Python script.
        Python = "python",
        /// A request that the server makes itself.
        Http = "http",
        /// A task of an XXL-JOB executor.
        XxlJob = "xxljob",
        /// A DataWorks node.
        DataWorks = "dataworks",
        /// A Kubernetes job or pod.
        Kubernetes = "k8s",
        /// A method scheduled by Spring.
        SpringSchedule = "springschedule",
    }
}

impl JobKind {
    /// Whether the content is a script, whose versions are kept.
    pub fn is_script(self) -> bool {
        matches!(self, Self::Shell | Self::Python | Self::Kubernetes)
    }
}

words! {
    /// On how many workers a run works, and how they share it.
    ExecuteMode {
        /// One worker.
        Standalone = "standalone",
        /// Every worker.
        Broadcast = "broadcast",
        /// Map-reduce whose tasks the server keeps.
        Parallel = "parallel",
        /// Map-reduce whose tasks the master keeps in memory.
        Grid = "grid",
        /// Map-reduce whose tasks the master keeps in a file.
        Batch = "batch",
        /// Fixed shards that the parameters name.
        Sharding = "sharding",
    }
}

impl ExecuteMode {
    /// Whether a run is cut into tasks that [`MapSettings`](super::MapSettings) speak of.
    pub fn has_tasks(self) -> bool {
        !matches!(self, Self::Standalone | Self::Broadcast)
    }
}

words! {
    /// How a job's due times follow one another.
    TimeKind {
        /// At the times that a cron expression names.
        Cron = "cron",
        /// At a fixed distance from due time to due time.
        FixedRate = "fixed_rate",
        /// At a fixed distance from the end of one run to the start of the next.
        FixedDelay = "fixed_delay",
        /// Once.
        Once = "once",
        /// Only when somebody asks.
        Api = "api",
        /// Only within a workflow, or when somebody asks.
        None = "none",
    }
}

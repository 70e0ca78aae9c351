//! What a single answer of a vendor says about a channel.

/// What one answer knows of one channel; everything it does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelFacts {
    /// The vendor's identifier of the queue, site, department or entry point.
    pub id: String,
    /// The name an administrator gave it; `None` where this answer has none.
    pub name: Option<String>,
    /// Whether a customer who clicks now gets into the queue or to an agent.
    pub availability: Option<Availability>,
    /// The channel whose availability holds for this one where its own is not known.
    pub parent: Option<String>,
    /// Chats waiting.
    pub queue_length: Option<f64>,
    /// Average wait in seconds.
    pub wait_average: Option<f64>,
    /// Longest current wait in seconds.
    pub wait_longest: Option<f64>,
    /// Estimated wait of a new chat in seconds.
    pub wait_estimated: Option<f64>,
    /// Agents online.
    pub agents_online: Option<f64>,
    /// Chats in progress.
    pub chats_ongoing: Option<f64>,
    /// Chats that agents could take on now.
    pub free_slots: Option<f64>,
    /// Share of the agents' capacity in use.
    pub utilization: Option<f64>,
}

impl ChannelFacts {
    /// Facts about the channel `id`, none yet.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    /// The channel itself without anything that changes from poll to poll.
    #[must_use]
    pub fn without_values(&self) -> Self {
        Self { name: self.name.clone(), parent: self.parent.clone(), ..Self::new(&self.id) }
    }
}

/// Whether a chat can be started, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// A customer gets into the queue or to an agent.
    Available,
    /// No chat can be started.
    Unavailable(UnavailableReason),
}

/// Why a channel is unavailable: the bounded set of the `reason` label.
///
/// Ordered by how much a reason explains: of two that hold at once, the smaller one is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnavailableReason {
    /// An administrator switched the channel off.
    Disabled,
    /// The vendor's own service behind the channel does not run.
    ServiceDown,
    /// The vendor knows no such channel.
    Invalid,
    /// The vendor cannot be reached.
    Unreachable,
    /// No agent is there to take a chat.
    NoAgent,
    /// The queue is at its configured maximum.
    QueueFull,
    /// Anything else.
    Other,
}

impl UnavailableReason {
    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::NoAgent => "no_agent",
            Self::QueueFull => "queue_full",
            Self::Disabled => "disabled",
            Self::ServiceDown => "service_down",
            Self::Invalid => "invalid",
            Self::Unreachable => "unreachable",
            Self::Other => "other",
        }
    }
}

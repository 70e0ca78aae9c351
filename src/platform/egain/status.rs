//! What the vendor's checks can say about an entry point, whatever form the answer had.

/// What the answer to one check says; every other field is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Status {
    /// Whether an agent is available (`available`).
    pub agent_available: Option<bool>,
    /// Chats that agents could take on (`count`).
    pub capacity_slots: Option<f64>,
    /// Chats waiting for an agent (`queueDepth`).
    pub queue_depth: Option<f64>,
    /// Estimated wait of a new chat in seconds (`waitTime`).
    pub estimated_wait: Option<f64>,
    /// Whether the queue takes a new chat (`responseType`).
    pub eligibility: Option<Eligibility>,
    /// Whether the entry point takes a new chat (`allowed`, `reason`).
    pub decision: Option<Decision>,
}

/// What `checkEligibility` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eligibility {
    /// 0: the queue takes new chats.
    Eligible,
    /// 1: no agent is available.
    NoAgent,
    /// 2: the queue is at its greatest depth.
    QueueFull,
    /// Any other value.
    Other,
}

impl Eligibility {
    /// Every state, in the contract's order.
    pub const ALL: [Self; 4] = [Self::Eligible, Self::NoAgent, Self::QueueFull, Self::Other];

    /// The `state` label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::NoAgent => "no_agent",
            Self::QueueFull => "queue_full",
            Self::Other => "other",
        }
    }
}

/// What `chatAllowed` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A chat can be started.
    Allowed,
    /// No chat can be started.
    Disallowed(DisallowedReason),
}

/// The vendor's reason for not allowing a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisallowedReason {
    /// The queue is at its greatest depth.
    QueueDepthReached,
    /// No agent is available.
    AgentNotAvailable,
    /// The agent assignment service does not run.
    ServiceNotRunning,
    /// There is no such entry point.
    InvalidEntryPoint,
    /// The entry point is switched off.
    EntryPointInactive,
    /// The vendor's own "other", a reason that is not documented, or none given.
    Other,
}

impl DisallowedReason {
    /// Every reason, in the contract's order.
    pub const ALL: [Self; 6] = [
        Self::QueueDepthReached,
        Self::AgentNotAvailable,
        Self::ServiceNotRunning,
        Self::InvalidEntryPoint,
        Self::EntryPointInactive,
        Self::Other,
    ];

    /// The `reason` label, which is also the vendor's spelling.
    pub fn label(self) -> &'static str {
        match self {
            Self::QueueDepthReached => "queue_depth_reached",
            Self::AgentNotAvailable => "agent_not_available",
            Self::ServiceNotRunning => "service_not_running",
            Self::InvalidEntryPoint => "invalid_entry_point",
            Self::EntryPointInactive => "entry_point_inactive",
            Self::Other => "other",
        }
    }

    /// The reason of that name, letter case and blanks around it disregarded.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        Self::ALL.into_iter().find(|reason| reason.label().eq_ignore_ascii_case(text)).unwrap_or(Self::Other)
    }
}

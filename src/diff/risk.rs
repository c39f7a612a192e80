//! Risks of a change, and their classes.

use crate::diagnostics::Code;
use crate::source::Place;

/// A class of risks, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Connections break, or an object must be created again.
    Disruptive,
    /// A pod of the cluster loses connections.
    LocksOut,
    /// Pods may connect to the internet, or the internet to pods.
    OpensToInternet,
    /// A load balancer gets another address or loses its address.
    MovesAddress,
    /// Pods restart.
    Restarts,
    /// The cluster has policies that mlnetc does not evaluate.
    NotAnalysed,
}

/// A risk, explained.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Risk {
    /// Its class.
    pub class: Class,
    /// The consequence, as a sentence.
    pub why: String,
    /// Its code in the catalog.
    pub code: Code,
    /// The places in the source that cause it; empty for a risk about an object, which has its own place.
    pub at: Vec<Place>,
}

impl Class {
    /// Every class, the worst first.
    pub const ALL: [Class; 6] = [
        Self::Disruptive,
        Self::LocksOut,
        Self::OpensToInternet,
        Self::MovesAddress,
        Self::Restarts,
        Self::NotAnalysed,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disruptive => "disruptive",
            Self::LocksOut => "locks-out",
            Self::OpensToInternet => "opens-to-internet",
            Self::Restarts => "restarts",
            Self::MovesAddress => "moves-address",
            Self::NotAnalysed => "not-analysed",
        }
    }

    /// Returns a short description of the class.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Disruptive => "connections break, or an object must be created again",
            Self::LocksOut => "a pod of the cluster loses connections",
            Self::OpensToInternet => "pods may connect to the internet, or the internet to pods",
            Self::MovesAddress => "a load balancer gets another address or loses its address",
            Self::Restarts => "pods restart",
            Self::NotAnalysed => "the cluster has policies of a kind that mlnetc does not analyse",
        }
    }
}

impl Risk {
    /// Returns a risk without a place.
    pub fn new(class: Class, code: Code, why: impl Into<String>) -> Self {
        Self { class, why: why.into(), code, at: Vec::new() }
    }
}

/// Shows the sentence with its code at the end.
impl std::fmt::Display for Risk {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({})", self.why, self.code)
    }
}

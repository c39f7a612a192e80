//! Every code, once, in order. A row without its page does not compile.
//!
//! The letter says what it does (`E` stops the build, `W` does not, `N` is a remark), the first two
//! digits the family. A code is never reused.

use super::Severity;

/// A row of the catalog.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The code.
    pub code: Code,
    /// The problem, in a few words.
    pub title: &'static str,
    /// Its page: what `mlnetc explain` prints.
    pub page: &'static str,
    /// A realistic source with the mistake.
    pub bad: &'static str,
    /// What mlnetc says about it.
    pub message: &'static str,
    /// The same source without the mistake.
    pub good: &'static str,
}

macro_rules! catalog {
    ($($(#[$doc:meta])* $code:ident $title:literal;)+) => {
        /// A stable code of a diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $code,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// As it is printed: `E0201`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)+
                }
            }

            /// Its row.
            pub fn row(self) -> Row {
                match self {
                    $(Self::$code => Row {
                        code: self,
                        title: $title,
                        page: include_str!(concat!("../../golden/diagnostics/", stringify!($code), "/README.md")),
                        bad: include_str!(concat!("../../golden/diagnostics/", stringify!($code), "/bad.mlnet")),
                        message: include_str!(concat!("../../golden/diagnostics/", stringify!($code), "/bad.txt")),
                        good: include_str!(concat!("../../golden/diagnostics/", stringify!($code), "/good.mlnet")),
                    },)+
                }
            }
        }
    };
}

catalog! {
    // E01xx: the text is not the language.
    E0101 "the text does not parse";
    // E07xx: the lock.
    E0701 "the lock cannot be trusted";
    E0702 "the lock is of another version";
    E0703 "two services have one address in the lock";
    E0704 "a pool has too few addresses";
    E0705 "no pool serves a load balancer";
    W0701 "a fixed address moves a service";
    W0702 "a service cannot keep its address";
}

/// The families, by the first two digits of their codes.
pub const FAMILIES: &[(&str, &str)] = &[
    ("01", "syntax"),
    ("02", "names"),
    ("03", "values and addresses"),
    ("04", "ownership"),
    ("05", "guardrails and assertions"),
    ("06", "what the back end cannot say"),
    ("07", "the lock"),
];

impl Code {
    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self.as_str().as_bytes().first() {
            Some(b'E') => Severity::Error,
            Some(b'W') => Severity::Warning,
            _ => Severity::Note,
        }
    }

    /// The code that is printed like this.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str().eq_ignore_ascii_case(text))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

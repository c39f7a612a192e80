//! The declarations that each block may contain, for the message about a word that begins none of them. `resolve`
//! enforces the same rules; a test compares both.

/// The position of an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemContext {
    /// The keyword of the block; `None` at the top level of a file.
    block: Option<&'static str>,
    /// Whether the block is a component or lies in one.
    in_component: bool,
}

/// A block: its keyword, whether it has fields, and the declarations in it.
type Row = (&'static str, bool, &'static [&'static str]);

const TOP: &[&str] = &[
    "cluster",
    "tenant",
    "profile",
    "component",
    "use",
    "external",
    "flow",
    "accept",
    "forbid",
    "assert",
];
const BLOCKS: &[Row] = &[
    ("accept", true, &[]),
    ("assert", true, &[]),
    ("bfd", true, &[]),
    ("calico", true, &[]),
    (
        "cluster",
        true,
        &["calico", "metallb", "use", "external", "tenant", "flow", "accept", "forbid", "assert"],
    ),
    (
        "component",
        false,
        &[
            "namespace",
            "service",
            "workload",
            "use",
            "flow",
            "accept",
            "forbid",
            "assert",
            "values",
            "env",
            "when",
            "warn",
            "fail",
        ],
    ),
    ("env", true, &["set"]),
    ("external", true, &["port"]),
    ("fail", true, &[]),
    ("flow", true, &[]),
    ("forbid", true, &[]),
    ("metallb", true, &["pool", "peer", "bfd", "address", "reserve"]),
    ("namespace", true, &[]),
    ("peer", true, &[]),
    ("pool", true, &[]),
    ("port", true, &[]),
    ("profile", true, &["flow"]),
    ("service", true, &["port"]),
    (
        "tenant",
        true,
        &[
            "namespace",
            "service",
            "workload",
            "use",
            "flow",
            "accept",
            "forbid",
            "assert",
            "values",
            "env",
        ],
    ),
    ("use", true, &[]),
    ("values", true, &["set"]),
    ("warn", true, &[]),
    ("workload", true, &[]),
];

impl ItemContext {
    /// The top level of a file.
    pub(super) const TOP: Self = Self { block: None, in_component: false };

    /// Returns the place inside a block of this place. A `when` adds nothing; for a word that begins no block, `None`.
    pub(super) fn inside(self, keyword: &str) -> Option<Self> {
        if keyword == "when" {
            return Some(self);
        }
        let (block, ..) = BLOCKS.iter().find(|it| it.0 == keyword)?;
        let in_component = self.in_component || *block == "component";
        Some(Self { block: Some(block), in_component })
    }

    /// Returns the list of the words that may begin an item here.
    pub(super) fn allowed(self) -> String {
        let row = BLOCKS.iter().find(|it| Some(it.0) == self.block);
        let (has_fields, declarations) = row.map_or((false, TOP), |it| (it.1, it.2));
        let place = match self.block {
            None => "at the top level of a file".to_owned(),
            Some(block) => {
                let vowel = block.starts_with(['a', 'e', 'i', 'o']);
                format!("in {} `{block}` block", if vowel { "an" } else { "a" })
            }
        };
        let fields = has_fields.then(|| "fields (`NAME = VALUE`)".to_owned());
        let when = (self.in_component && !declarations.contains(&"when")).then_some("when");
        let words = declarations.iter().copied().chain(when).map(|it| format!("`{it}`"));
        let all: Vec<String> = fields.into_iter().chain(words).collect();
        match all.as_slice() {
            [front @ .., last] if !front.is_empty() => {
                format!("allowed {place}: {} and {last}", front.join(", "))
            }
            all => format!("allowed {place}: {}", all.concat()),
        }
    }
}

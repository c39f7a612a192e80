//! JSON form of an answer, described in `docs/query-json.md`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Serialize, Serializer};

use super::answer::Answer;
use super::context::{Asked, Connection, Context, Spot};
use crate::diagnostics::Message;
use crate::policy::{Direction, Labels, Part, RulePart};
use crate::reachability::{Decision, EndId, RuleId, Set};
use crate::read;

/// Format version; it increases when a field changes its meaning or is removed.
const VERSION: u32 = 1;

/// The whole document. It may have millions of records, so each is created when it is written.
#[derive(Serialize)]
struct Document<'d> {
    version: u32,
    question: &'d str,
    notes: Vec<&'d str>,
    messages: &'d [Message],
    summary: Summary,
    ends: Ends<'d>,
    connections: Records<'d>,
}

#[derive(Default, Serialize)]
struct Summary {
    allowed: usize,
    denied: usize,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum End<'d> {
    Addresses { first: IpAddr, last: IpAddr },
    Pods { namespace: &'d str, labels: &'d Labels, names: Vec<&'d str> },
}

/// The ends of a question, in the order of their ids.
struct Ends<'d> {
    context: &'d Context<'d>,
    ids: &'d BTreeMap<EndId, String>,
}

struct Records<'d> {
    context: &'d Context<'d>,
    ids: &'d BTreeMap<EndId, String>,
    connections: Vec<Connection>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'d> {
    client: Option<&'d String>,
    server: Option<&'d String>,
    protocol: &'static str,
    port: u16,
    end_port: u16,
    allowed: bool,
    egress: Side,
    ingress: Side,
}

#[derive(Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
enum Side {
    Outside,
    SamePod,
    Open,
    Allowed { policy: String, rule: String, places: Vec<Spot> },
    Denied { policies: Vec<String> },
}

/// Formats the answer as JSON.
pub(super) fn answer(context: &Context<'_>, asked: &Asked) -> Answer {
    let named = Set::union([&asked.clients, &asked.all_servers()]);
    let ids = ids(context, &named);
    let connections: Vec<Connection> = context.connections(asked).collect();
    let mut summary = Summary::default();
    for it in &connections {
        let count =
            if it.verdict.is_allowed() { &mut summary.allowed } else { &mut summary.denied };
        *count += 1;
    }
    let is_yes = summary.denied == 0 || asked.is_list();
    let document = Document {
        version: VERSION,
        question: &asked.question.text,
        notes: asked.notes.iter().map(|it| it.text.as_str()).collect(),
        messages: &asked.notes,
        summary,
        ends: Ends { context, ids: &ids },
        connections: Records { context, ids: &ids, connections },
    };
    let text = serde_json::to_string_pretty(&document);
    let mut text = text.expect("INVARIANT: the keys of an answer are strings");
    text.push('\n');
    Answer { text, is_yes }
}

/// Unique names of ends: pods with different labels may have the same name.
fn ids(context: &Context<'_>, ends: &Set) -> BTreeMap<EndId, String> {
    let mut taken = BTreeMap::<String, usize>::new();
    let mut id = |end: EndId| {
        let name = context.name(end);
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        (end, if *count == 1 { name } else { format!("{name}#{count}") })
    };
    ends.iter().map(&mut id).collect()
}

fn end<'w>(context: &'w Context<'_>, end: EndId) -> Option<End<'w>> {
    let ends = context.reach.ends();
    if let Some((first, last)) = ends.addresses(end) {
        return Some(End::Addresses { first, last });
    }
    let class = ends.class(end)?;
    let members = class.members.iter().filter_map(|at| context.reach.cluster().pods.get(*at));
    Some(End::Pods {
        namespace: &class.pods.namespace,
        labels: &class.pods.labels,
        names: members.map(|it| it.name.as_str()).collect(),
    })
}

impl Serialize for Ends<'_> {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        into.collect_map(self.ids.iter().filter_map(|(it, id)| Some((id, end(self.context, *it)?))))
    }
}

impl Serialize for Records<'_> {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        into.collect_seq(self.connections.iter().map(|it| self.record(it)))
    }
}

impl<'d> Records<'d> {
    fn record(&self, it: &Connection) -> Record<'d> {
        Record {
            client: self.ids.get(&it.client),
            server: self.ids.get(&it.server),
            protocol: it.range.protocol.as_str(),
            port: it.range.from,
            end_port: it.range.to,
            allowed: it.verdict.is_allowed(),
            egress: self.side(it, Direction::Egress, &it.verdict.egress),
            ingress: self.side(it, Direction::Ingress, &it.verdict.ingress),
        }
    }

    /// The JSON pointer of a rule in the object of its policy.
    fn rule(&self, at: RuleId) -> String {
        let policy = self.context.reach.cluster().policy(at.policy);
        let part = Part::Rule(at.direction, at.rule, RulePart::Whole);
        policy.map_or_else(String::new, |it| read::pointer(it, part))
    }

    fn side(&self, it: &Connection, way: Direction, decision: &Decision) -> Side {
        match decision {
            Decision::Outside => Side::Outside,
            Decision::SamePod => Side::SamePod,
            Decision::Open => Side::Open,
            Decision::Allowed(at) => {
                let other = if way == Direction::Egress { it.server } else { it.client };
                Side::Allowed {
                    policy: self.context.policy(at.policy),
                    rule: self.rule(*at),
                    places: self.context.around.rule(*at, other, it.range),
                }
            }
            Decision::Denied(policies) => Side::Denied {
                policies: policies.iter().map(|at| self.context.policy(*at)).collect(),
            },
        }
    }
}

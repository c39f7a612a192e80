//! An answer for a program: `docs/query-json.md` describes it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Answer;
use super::world::{Asked, Connection, World};
use crate::verify::{Direction, Half, Set};

/// Grows when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// Writes the answer.
pub(super) fn answer(world: &World<'_>, asked: &Asked) -> Answer {
    let mut is_yes = true;
    let mut records = Vec::new();
    let (mut allowed, mut denied) = (0, 0);
    let named = Set::union([&asked.clients, &asked.all_servers()]);
    let ids = ids(world, &named);
    for it in world.connections(asked) {
        if it.verdict.is_allowed() {
            allowed += 1;
        } else {
            denied += 1;
            is_yes = asked.is_list();
        }
        records.push(record(world, &ids, &it));
    }
    let ends: Map<String, Value> =
        ids.iter().map(|(it, id)| (id.clone(), end(world, *it))).collect();
    let document = json!({
        "version": VERSION,
        "question": asked.question.text,
        "notes": asked.notes,
        "summary": {"allowed": allowed, "denied": denied},
        "ends": ends,
        "connections": records,
    });
    Answer { text: format!("{document:#}\n"), is_yes }
}

/// Names that tell ends apart: pods with other labels may go by the same one.
fn ids(world: &World<'_>, ends: &Set) -> BTreeMap<u32, String> {
    let mut taken = BTreeMap::<String, usize>::new();
    let mut id = |end: u32| {
        let name = world.name(end);
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        (end, if *count == 1 { name } else { format!("{name}#{count}") })
    };
    ends.iter().map(&mut id).collect()
}

fn end(world: &World<'_>, end: u32) -> Value {
    let ends = world.reach.ends();
    if let Some((first, last)) = ends.addresses(end) {
        return json!({"kind": "addresses", "first": first, "last": last});
    }
    let Some(class) = ends.class(end) else { return Value::Null };
    let members = class.members.iter().filter_map(|at| world.reach.cluster().pods.get(*at));
    json!({
        "kind": "pods",
        "namespace": class.pods.namespace,
        "labels": class.pods.labels,
        "names": members.map(|it| it.name.as_str()).collect::<Vec<_>>(),
    })
}

fn record(world: &World<'_>, ids: &BTreeMap<u32, String>, it: &Connection) -> Value {
    json!({
        "client": ids.get(&it.client),
        "server": ids.get(&it.server),
        "protocol": it.range.protocol.as_str(),
        "port": it.range.from,
        "endPort": it.range.to,
        "allowed": it.verdict.is_allowed(),
        "egress": half(world, it, Direction::Egress, &it.verdict.egress),
        "ingress": half(world, it, Direction::Ingress, &it.verdict.ingress),
    })
}

fn half(world: &World<'_>, it: &Connection, way: Direction, half: &Half) -> Value {
    match half {
        Half::Outside => json!({"verdict": "outside"}),
        Half::SamePod => json!({"verdict": "same-pod"}),
        Half::Open => json!({"verdict": "open"}),
        Half::Allowed(at) => {
            let other = if way == Direction::Egress { it.server } else { it.client };
            let places = world.around.rule(*at, way, other, it.range);
            json!({
                "verdict": "allowed",
                "policy": world.policy(at.policy),
                "rule": format!("/spec/{}/{}", way.word(), at.rule),
                "places": places.iter().map(|it| json!({"at": it.at, "says": it.says})).collect::<Vec<_>>(),
            })
        }
        Half::Denied(policies) => json!({
            "verdict": "denied",
            "policies": policies.iter().map(|at| world.policy(*at)).collect::<Vec<_>>(),
        }),
    }
}

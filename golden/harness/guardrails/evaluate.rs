//! The connections that guardrails forbid, evaluated one by one.

use super::objects::{Objects, Way};
use super::program::{End, Kind, Program, Protocol, Rule};
use super::world::{Entity, World};

/// The connections of one server of a guardrail: rows of entities, and ports.
struct Forbidden {
    clients: Vec<usize>,
    servers: Vec<usize>,
    ports: Vec<(Protocol, u16)>,
}

/// Searches for a connection that a guardrail or a denying assertion of the platform forbids. Returns the number of
/// rules that only one of the two sides enforces.
pub(super) fn guardrails(
    program: &Program,
    world: &World<'_>,
    objects: &Objects,
) -> Result<usize, String> {
    let leaving = objects.halves(Way::Out, &world.entities);
    let entering = objects.halves(Way::In, &world.entities);
    let rules = program.rules.iter().filter(|it| it.author.is_none());
    let rules = rules.filter(|it| matches!(it.kind, Kind::Forbid | Kind::Deny));
    let mut held = 0;
    for rule in rules.filter(|it| it.cluster.is_none_or(|it| it == world.name())) {
        let mut is_held = false;
        for Forbidden { clients, servers, ports } in forbidden(world, rule) {
            for (client, server) in pairs(world, &clients, &servers) {
                for (protocol, port) in &ports {
                    let leaves = leaving[client].allows(server, *protocol, *port);
                    let enters = entering[server].allows(client, *protocol, *port);
                    if leaves && enters {
                        let [from, to] = [client, server].map(|it| &world.entities[it]);
                        let line = rule.line();
                        return Err(format!("{from} -> {to}, {protocol:?} {port}: {line}"));
                    }
                    is_held |= leaves != enters;
                }
            }
        }
        held += usize::from(is_held);
    }
    Ok(held)
}

/// Returns the connections of a guardrail, for each of its servers in order.
fn forbidden(world: &World<'_>, rule: &Rule) -> Vec<Forbidden> {
    let rows = |end: &End, as_client: bool| {
        // An exception for a host also excludes the host from ends that are addresses.
        let is_named = end.is_pods_by_name();
        let is_excepted = |it: &Entity| {
            let mut except = rule.except.iter();
            except.any(|other| {
                world.means(other, it, as_client)
                    || !is_named && it.host.is_some() && world.has_hosts(other)
            })
        };
        let all = world.entities.iter().enumerate();
        let all = all.filter(|(_, it)| world.means(end, it, as_client) && !is_excepted(it));
        all.map(|(row, _)| row).collect::<Vec<usize>>()
    };
    let mut clients: Vec<usize> = rule.clients.iter().flat_map(|it| rows(it, true)).collect();
    clients.sort_unstable();
    clients.dedup();
    let servers = rule.servers.iter().map(|place| Forbidden {
        clients: clients.clone(),
        servers: rows(&place.end, false),
        ports: world.ports(place),
    });
    servers.collect()
}

/// Returns the pairs that policies decide about.
fn pairs<'f>(
    world: &'f World<'_>,
    clients: &'f [usize],
    servers: &'f [usize],
) -> impl Iterator<Item = (usize, usize)> + 'f {
    let pairs = clients.iter().flat_map(|client| servers.iter().map(|server| (*client, *server)));
    pairs.filter(|(client, server)| world.can_meet(*client, *server))
}

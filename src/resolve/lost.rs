//! Declarations that could not be read: no pass draws a conclusion from their absence.

use std::sync::Arc;

use crate::syntax::ast::{self, Item};

/// What items that do not parse, items in a wrong block, and lost braces may have declared.
pub(super) struct Lost {
    /// Whether a pool of MetalLB, a peer or a profile may be lost.
    pub(super) pools: bool,
    /// Whether a tenant, the `files` of a tenant, or an `accept` may be lost.
    pub(super) owners: bool,
}

impl Lost {
    /// Finds what the files of a program may have lost.
    pub(super) fn of(trees: &[Arc<ast::File>]) -> Self {
        let torn = trees.iter().any(|it| it.torn);
        let mut lost = Self { pools: torn, owners: torn };
        for file in trees {
            lost.look_into(&file.items, None);
        }
        lost
    }

    fn look_into(&mut self, items: &[Item], block: Option<&Item>) {
        let in_metallb = matches!(block, Some(Item::Metallb(_)));
        let in_tenant = matches!(block, Some(Item::Tenant(_)));
        for item in items {
            match item {
                Item::Broken(it) => {
                    let word = it.word.as_str();
                    self.pools |= in_metallb || word == "pool";
                    self.owners |= in_tenant || matches!(word, "accept" | "tenant" | "");
                }
                Item::Pool(_) => self.pools |= !in_metallb,
                Item::Accept(_) => {
                    let is_read = matches!(
                        block,
                        None | Some(Item::Cluster(_) | Item::Tenant(_) | Item::Component(_))
                    );
                    self.owners |= !is_read;
                }
                Item::Tenant(it) => self.owners |= !it.name.node.is_valid(),
                Item::Field(it) => self.owners |= in_tenant && it.value.is_bad(),
                _other => {}
            }
            let inside = if let Item::When(_) = item { block } else { Some(item) };
            for body in item.bodies() {
                self.look_into(body, inside);
            }
        }
    }
}

//! The `auth-provider` of a user: tokens as `kubectl` got them before exec plugins. Old kubeconfigs of Google's clusters and
//! of OIDC still have it.

use std::process::Command;

use serde_json::Value;

use super::kubeconfig::Provider;
use super::plugin;
use super::plugin_failure::Failed;
use super::trouble::Trouble;

/// A token, and the time when it ends, as the provider writes it.
pub(super) type Token = (String, Option<String>);

/// Returns the token of a provider. `is_current`: whether a token with this end may still be used.
pub(super) fn token(
    provider: &Provider,
    is_current: impl Fn(&str) -> Option<bool>,
) -> Result<Token, Trouble> {
    let no = |why: String| Err(Trouble::NoCredentials(why));
    let field = |name: &str| provider.config.get(name).filter(|it| !it.is_empty());
    match (provider.name.as_str(), field("id-token")) {
        ("oidc" | "gcp", Some(token)) => Ok((token.clone(), None)),
        ("oidc", None) => no("No id-token for oidc Authentication provider".to_owned()),
        ("gcp", None) => {
            if let (Some(token), Some(end)) = (field("access-token"), field("expiry")) {
                match is_current(end) {
                    Some(true) => return Ok((token.clone(), Some(end.clone()))),
                    Some(false) => {}
                    None => {
                        return no(format!(
                            "the `expiry` of the auth provider is not a time: {end}"
                        ));
                    }
                }
            }
            match field("cmd-path") {
                Some(command) => printed(command, provider),
                None => no("the auth provider `gcp` has no token and no `cmd-path`".to_owned()),
            }
        }
        ("azure", _) => no("The azure auth plugin is not supported; use \
                            https://github.com/Azure/kubelogin instead"
            .to_owned()),
        (name, _) => no(format!("Authentication with provider {name} not supported")),
    }
}

/// Returns the token that the command of a provider prints.
fn printed(command: &str, provider: &Provider) -> Result<Token, Trouble> {
    let field = |name: &str| provider.config.get(name).map_or("", String::as_str).trim();
    let arguments = field("cmd-args").split(' ').filter(|it| !it.is_empty());
    let output = plugin::output(command, Command::new(command).args(arguments))?;
    let unread = |why: &str| Trouble::Plugin(Failed::new(command, why));
    if field("token-key").is_empty() {
        let token = String::from_utf8(output).map_err(|_| unread("prints no text"))?;
        return Ok((token.trim().to_owned(), None));
    }
    let value: Value =
        serde_json::from_slice(&output).map_err(|_| unread("prints output that is not JSON"))?;
    let at = |name: &str| {
        let text = value.pointer(&pointer(field(name))).and_then(Value::as_str);
        text.map(str::to_owned)
            .ok_or_else(|| unread(&format!("prints no text at its `{name}` {}", field(name))))
    };
    let end = if field("expiry-key").is_empty() { None } else { Some(at("expiry-key")?) };
    Ok((at("token-key")?, end))
}

/// Returns a path of fields such as `{.credential.access_token}` as a JSON pointer.
fn pointer(path: &str) -> String {
    let path = path.trim_matches(['"', '{', '}']).trim_start_matches('$').trim_start_matches('.');
    format!("/{}", path.replace('.', "/"))
}

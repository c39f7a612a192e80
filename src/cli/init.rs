//! `mlnetc init`: writes a small project that builds.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::answer::Answer;
use super::args::Init;
use super::failure::Failure;
use super::terminal::Terminal;

/// (path, text) of each file of the new project.
const FILES: &[(&str, &str)] = &[
    ("platform.mlnet", include_str!("init/platform.mlnet")),
    ("tenants/team-a.mlnet", include_str!("init/team-a.mlnet")),
];

/// Writes the project, unless one of its files exists.
pub(super) fn run(args: &Init, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let folder = &args.folder;
    let there =
        FILES.iter().map(|(path, _)| folder.join(path)).find(|it| it.symlink_metadata().is_ok());
    if let Some(path) = there {
        let message = format!("`{}` exists; nothing is overwritten", path.display());
        return Err(Failure::usage_help(message, "name another folder: `mlnetc init DIR`"));
    }
    if let Some(path) = source_in(folder) {
        let message = format!("a project already exists: `{}`", path.display());
        return Err(Failure::usage_help(message, "name another folder: `mlnetc init DIR`"));
    }
    if let Some(path) = around(folder) {
        let message = format!(
            "files in this folder would become part of the project that contains `{}`",
            path.display()
        );
        let help = "name a folder outside of it: `mlnetc init DIR`; or move that file, if no project needs it there";
        return Err(Failure::usage_help(message, help));
    }
    for (path, text) in FILES {
        create(&folder.join(path), text)?;
        terminal.result(&format!("wrote {}\n", folder.join(path).display()))?;
    }
    let next = match folder.to_string_lossy().as_ref() {
        "" | "." => "mlnetc build".to_owned(),
        there => format!("mlnetc build {there} -o {}", folder.join("build").display()),
    };
    terminal.result(&format!("next: {next}\n"))?;
    Ok(Answer::Yes)
}

/// Returns a source in a folder that contains this one, if there is one.
fn around(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    folder.ancestors().skip(1).find_map(source_in)
}

/// Returns a source that lies in a folder, if there is one.
#[expect(clippy::disallowed_methods, reason = "the command line reads the disk")]
fn source_in(folder: &Path) -> Option<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(folder).ok()?.flatten().map(|it| it.path());
    entries.filter(|it| it.extension().is_some_and(|it| it == "mlnet")).min()
}

#[expect(clippy::disallowed_methods, reason = "the command line writes the disk")]
fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure::io("write", path, error);
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
    let mut file = fs::File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

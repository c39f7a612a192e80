//! The terminal: results to stdout, everything else to stderr, with the colors and width that the reader can see.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};

use super::args::{Color, Deny, Global, help};
use super::failure::Failure;
use crate::diagnostics::render::{self, Format, Remark, Screen};
use crate::diagnostics::{Diagnostic, Message, Severity};
use crate::diff::render::{Annotation, Beside, Level};
use crate::source::Files;

/// Greatest number of diagnostics that are printed.
const MOST: usize = 500;

/// The two output streams and their verbosity.
pub(super) struct Terminal {
    choice: ColorChoice,
    format: Format,
    /// Whether diagnostics are the result of the command.
    is_check: bool,
    deny: Option<Deny>,
    quiet: bool,
    verbose: bool,
}

impl Terminal {
    /// Settings from the arguments and the environment.
    pub(super) fn new(global: &Global, is_check: bool) -> Self {
        let choice = match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        choice.write_global();
        let format = global.format.into();
        let Global { deny, quiet, verbose, .. } = *global;
        Self { choice, format, is_check, deny, quiet, verbose }
    }

    /// Writes a result to stdout. Styles are removed if the output does not show them.
    pub(super) fn result(&mut self, text: &str) -> Result<(), Failure> {
        let out = io::stdout().lock();
        // A document for programs has no styles: it is not searched for them.
        let mut out: Box<dyn Write> = if text.contains('\u{1b}') {
            Box::new(AutoStream::new(out, self.choice))
        } else {
            Box::new(out)
        };
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Failure::Closed;
            }
            Failure::Io { tried: "cannot write the result".to_owned(), source: error }
        })
    }

    /// Characters in a line of the results; `None` without a terminal.
    pub(super) fn result_width() -> Option<usize> {
        columns(&io::stdout())
    }

    /// Writes diagnostics to stderr, and for people a last line that counts them. For `check`, the document with the
    /// diagnostics is the result. `root` is the project's folder as the user typed it.
    pub(super) fn diagnostics(
        &mut self,
        files: &Files,
        mut diagnostics: Vec<Diagnostic>,
        root: &Path,
    ) -> Result<(), Failure> {
        if self.quiet {
            let least = self.deny.map_or(Severity::Error, |Deny::Warnings| Severity::Warning);
            diagnostics.retain(|it| it.severity() <= least);
        }
        let color = shows_color(self.choice, &io::stderr());
        let root = root.to_string_lossy();
        let screen = Screen { color, width: width(), root: &root };
        let shown = match self.format {
            Format::Human => diagnostics.get(..MOST).unwrap_or(&diagnostics),
            Format::Short | Format::Json | Format::Sarif | Format::Github => &diagnostics,
        };
        let text = render::render(files, shown, self.format, screen);
        if self.is_check && self.format.is_document() {
            return self.result(&text);
        }
        self.error_stream(&text);
        if shown.len() < diagnostics.len() {
            let more = diagnostics.len() - shown.len();
            self.error_stream(&format!("\n… and {more} more; `--format short` lists all\n"));
        }
        if self.format == Format::Human && !self.quiet {
            self.error_stream(&self.summary(&diagnostics));
        }
        Ok(())
    }

    /// Returns the last line for people: the number of errors and warnings, and how to read more.
    fn summary(&self, diagnostics: &[Diagnostic]) -> String {
        let Some(worst) = diagnostics.iter().min_by_key(|it| it.severity()) else {
            return String::new();
        };
        let count = |severity| diagnostics.iter().filter(|it| it.severity() == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let denied = if self.deny.is_some() { " (denied)" } else { "" };
        let counts = [
            counted(errors, "error"),
            counted(warnings, "warning").map(|it| format!("{it}{denied}")),
        ];
        let counts = counts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let counts = if counts.is_empty() { "no errors".to_owned() } else { counts };
        let fixable = match diagnostics.iter().filter(|it| it.safe_edit().is_some()).count() {
            0 => String::new(),
            some => format!(" ({some} fixable with `mlnetc check --fix`)"),
        };
        format!("\n{counts}{fixable}; `mlnetc explain {}` shows details\n", worst.code)
    }

    /// Writes annotations on lines of the source in the format of the code review.
    pub(super) fn annotations(&mut self, diagnostics: &[Annotation], root: &Path) {
        if self.format != Format::Github {
            return;
        }
        let root = root.to_string_lossy();
        for it in diagnostics {
            let severity = match it.level {
                Level::Error => Severity::Error,
                Level::Warning => Severity::Warning,
                Level::Notice => Severity::Note,
            };
            let beside = match &it.beside {
                Beside::Line(place) => Some((place.path.as_str(), Some(place))),
                Beside::File(path) => Some((path.as_str(), None)),
                Beside::Nothing => None,
            };
            let title = format!("mlnetc diff: {}", it.title);
            let message = it.lines.join("\n");
            let remark = Remark { severity, beside, title: &title, message: &message };
            self.error_stream(&render::remark(remark, &root));
        }
    }

    /// Prints a remark to stderr, unless `-q` is given or a program reads stderr.
    pub(super) fn remark(&mut self, text: &str) {
        let is_read = self.format.is_document() && !self.is_check;
        if !self.quiet && !is_read {
            self.error_stream(&format!("mlnetc: {text}\n"));
        }
    }

    /// Writes a message beside the result, as `remark` does.
    pub(super) fn message(&mut self, message: &Message) {
        self.remark(&message.to_string());
    }

    /// Prints a remark that only `-v` shows.
    pub(super) fn detail(&mut self, text: &str) {
        if self.verbose {
            self.remark(text);
        }
    }

    /// Shows the progress of a long operation in place of the previous progress; an empty text clears it. Only a person
    /// at a terminal sees it.
    #[cfg_attr(
        not(feature = "live"),
        expect(dead_code, reason = "only reading a cluster needs it")
    )]
    pub(super) fn progress(&mut self, text: &str) {
        if io::stderr().is_terminal() && !self.quiet {
            let text: String = text.chars().take(width()).collect();
            self.error_stream(&format!("\r\u{1b}[K{text}"));
        }
    }

    /// Prints the failure of a command.
    pub(super) fn failure(&mut self, failure: &Failure) {
        if matches!(failure, Failure::Reported) {
            return;
        }
        self.error_stream(&format!("mlnetc: {failure}\n"));
    }

    fn error_stream(&mut self, text: &str) {
        // Errors are ignored: the reader has closed stderr.
        drop(AutoStream::new(io::stderr().lock(), self.choice).write_all(text.as_bytes()));
    }
}

/// Returns a count such as `2 errors`; `None` for zero.
pub(super) fn counted(count: usize, what: &str) -> Option<String> {
    let plural = if what.ends_with("ch") { "es" } else { "s" };
    match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}{plural}")),
    }
}

/// The library handles `NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb` and similar variables.
fn shows_color(choice: ColorChoice, stream: &impl anstream::stream::RawStream) -> bool {
    match choice {
        ColorChoice::Auto => AutoStream::choice(stream) != ColorChoice::Never,
        ColorChoice::Always | ColorChoice::AlwaysAnsi => true,
        ColorChoice::Never => false,
    }
}

/// Characters in a line of stderr; 100 without a terminal.
fn width() -> usize {
    columns(&io::stderr()).unwrap_or(Screen::PLAIN.width)
}

/// Characters in a line of a terminal.
fn columns(stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Option<usize> {
    let size = stream.is_terminal().then(|| rustix::termios::tcgetwinsize(stream).ok());
    let columns = usize::from(size.flatten()?.ws_col);
    (columns > 0).then(|| columns.clamp(40, 200))
}

/// Prints a message of clap: help and version are results, everything else is a usage error.
pub(super) fn say_usage(usage: &clap::Error) -> ExitCode {
    // A closed pipe is not a failure of mlnetc.
    let page = help::printed(&usage.render().ansi().to_string());
    drop(if usage.use_stderr() {
        anstream::stderr().write_all(page.as_bytes())
    } else {
        anstream::stdout().write_all(page.as_bytes())
    });
    ExitCode::from(if usage.use_stderr() { 2 } else { 0 })
}

//! `tokafka completions`.

use clap::Args;
use clap_complete::Shell;

#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

const COMPLETIONS_HELP: &str = "\
For the shell at hand, or for all to come:

  source <(tokafka completions bash)
  tokafka completions bash > ~/.local/share/bash-completion/completions/tokafka
  tokafka completions zsh > \"${fpath[1]}/_tokafka\"
  tokafka completions fish > ~/.config/fish/completions/tokafka.fish";

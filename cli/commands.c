/* commands: what godeploy can be told. Parsing, help and completion are made from these rows. */
#include "cli/commands.h"

#define TAKES(...) ((const OptionId[]){__VA_ARGS__, OPTION_END})

/* Stages take the options of deploy: a CI job hands every stage the same ones. */
#define STAGE_OPTIONS                                                                              \
    TAKES(OPTION_RELEASE, OPTION_VERSION, OPTION_ALLOW_DOWNGRADE, OPTION_RESUME, OPTION_WAIT)

#define VERIFY_OPTIONS                                                                             \
    TAKES(OPTION_RELEASE, OPTION_VERSION, OPTION_ALLOW_DOWNGRADE, OPTION_RESUME, OPTION_WAIT,      \
          OPTION_KEY, OPTION_SIG, OPTION_CHECKSUMS, OPTION_SCHEME, OPTION_CA, OPTION_TSA_CA,       \
          OPTION_PUBLISHER, OPTION_CRL, OPTION_PARTIAL_CHAIN, OPTION_ALLOW_SHA1,                   \
          OPTION_REQUIRE_TIMESTAMP, OPTION_ALSO_WINDOWS, OPTION_AT)
#define VERIFY_TEXT                                                                                \
    "Without FILE it is the second stage of the open deployment. With files it says who signed "   \
    "them and whether that counts; no settings file is needed.\n\n"                                \
    "Windows programs (.exe, .dll ..., told by their content) are judged by the Authenticode "     \
    "signature inside them where --ca names an authority; without --publisher whoever it vouches " \
    "for is accepted, and named. Everything else, and programs where no --ca is given, needs a "   \
    "detached RSA signature (FILE.sig, or --sig) by one of --key. With --checksums the signature " \
    "is over that file, and the files must be listed in it. Without --ca and --key the settings "  \
    "say who counts.\n\n"                                                                          \
    "Every file gets a line, in the order given. Exit status 0 if all are good; 6 if any is "      \
    "refused, which a file that is missing or cannot be read is too."

#define CONFIG_TEXT                                                                                \
    "`push FILE` takes a configuration that `godeploy sign --config` signed (FILE.sig) for this "  \
    "app, with a number higher than any before. It replaces config.file at once, the service is "  \
    "told as config.reload says, and watched for config.watch; if it turns ill, the one before "   \
    "is put back and the exit status is 11.\n\n"                                                   \
    "`rollback` brings back the one before, watched likewise; done twice it is back where it "     \
    "was. `show` tells which one is in place, and never what is in it."

#define SIGN_TEXT                                                                                  \
    "--key is the private key. What is made for an archive or a checksums file is the raw RSA "    \
    "signature, as `openssl dgst -sha256 -sign` makes it.\n\n"                                     \
    "With --config FILE.sig also says whose configuration it is (--name APP) and which one of "    \
    "its row (--sequence N), so that `godeploy config push` takes no foreign and no old one.\n\n"  \
    "With --announce FILE is the public half of a new key, and FILE.statement says that it may "   \
    "sign from now on; hosts that trust --key take it by verify.rsa.announced."

#define STAGE(word, line)                                                                          \
    {                                                                                              \
        .name = (word), .run = command_stage, .options = STAGE_OPTIONS, .help = (line)             \
    }

/* By hand: the formatter would align what stands in no column. */
/* clang-format off */
static const CommandRow rows[] = {
    {.name = "init",
     .group = "Begin",
     .run = command_init,
     .options = TAKES(OPTION_NAME),
     .help = "Write an example godeploy.yaml into this folder"},
    {.name = "install",
     .run = command_install,
     .options = TAKES(OPTION_REMOVE),
     .help = "Register what this host needs once, as an administrator",
     .text =
         "On Windows: the source `godeploy` of the Event Log, log Application. From then on each "
         "deployment leaves its entries there, under ids that stay what they are: 1xx a stage is "
         "done, 2xx something wants looking at, 3xx a failure, 4xx the flip, 5xx back to the "
         "release before. --remove takes it away again. Elsewhere there is nothing to register."},
    {.name = "plan",
     .run = command_plan,
     .options = TAKES(OPTION_RELEASE, OPTION_VERSION, OPTION_ALLOW_DOWNGRADE, OPTION_EXIT_CODE),
     .help = "Say what a deployment would do, and change nothing",
     .text =
         "Where the release comes from, what is demanded of it, how much room it takes, into "
         "which slot it goes, how the traffic moves, which hooks run; then what stands in the "
         "way, behind a `!`.\n\n"
         "Exit status 0 if nothing does, 13 if anything does. With --exit-code also 17 if a "
         "deployment would change something: 0 means that the release of --version serves "
         "already and all is as it should be."},
    {.name = "doctor",
     .run = command_doctor,
     .help = "Look for what will hurt the next deployment, and change nothing",
     .text =
         "Settings, rights, journal, lock, half-done work, traffic engine, runner, ports, disk, "
         "clock, source, variables of the environment, keys, certificates, reports, releases, "
         "limits and stray processes: a line for each, and what to do where one is not well. "
         "Nothing is started, repaired or locked; the source of releases is connected to, and "
         "nothing is fetched.\n\n"
         "Exit status 0 if nothing is a problem (warnings and notes are none), 13 if something "
         "wants `deploy --resume` or `abort`, 16 for any other problem. DOCTOR.md tells what "
         "each finding means."},

    {.name = "deploy",
     .group = "Deploy",
     .run = command_deploy,
     .options = TAKES(OPTION_VERSION, OPTION_RELEASE, OPTION_RESUME, OPTION_ALLOW_DOWNGRADE,
                      OPTION_WAIT),
     .help = "Replace the running release by another one; no request is lost",
     .text =
         "Fetches the release, verifies it, unpacks it, starts it on the free side port, checks "
         "that it is healthy, sends the traffic to it, watches it, drains and retires the old "
         "one. Whatever fails before the watch is over, the old release serves on.\n\n"
         "--resume goes on with a deployment that was cut short (a crash, a reboot, Ctrl-C "
         "after the flip), a rollback too; where none is open it repairs what is not as it "
         "should be."},
    {.name = "rollback",
     .run = command_rollback,
     .options = TAKES(OPTION_WAIT),
     .arguments = "[VERSION]",
     .most = 1,
     .help = "Send traffic back to the last good release",
     .text =
         "The same stages with the same gates as deploy; the release is on this host already, "
         "so no network is needed. Without VERSION it is the good release that served last "
         "before this one. The release that is left is marked bad and never chosen by itself "
         "again."},
    {.name = "abort",
     .run = command_abort,
     .options = TAKES(OPTION_WAIT),
     .help = "Undo a deployment that was begun and not finished"},

    {.name = "promote",
     .run = command_promote,
     .options = TAKES(OPTION_ALL, OPTION_WAIT),
     .help = "Let a canary that waits take its next step",
     .text =
         "With canary.promote: manual a deployment waits after each step, and `deploy` ends "
         "with exit status 0. `promote` gives the new release the next share and watches it; "
         "after the last step it gets all traffic and the deployment goes on to its end. --all "
         "goes there at once. `abort` takes the canary back."},
    {.name = "pause",
     .run = command_pause,
     .options = TAKES(OPTION_FOR, OPTION_MAINTENANCE, OPTION_PAGE, OPTION_MESSAGE, OPTION_WAIT),
     .help = "Let new requests wait, or show a page, until `resume`",
     .text =
         "What is under way goes on. New requests wait at the gate, as many and as long as "
         "traffic.hold allows (--for: each of them this long); beyond that they get 503. With "
         "--maintenance they get 503 and the page at once. The health path of the checks is "
         "answered with 200 meanwhile. A deployment may be made while the gate is shut; it "
         "stays shut. Repeated, it replaces what was set."},
    {.name = "resume",
     .run = command_resume,
     .options = TAKES(OPTION_WAIT),
     .help = "Open the gate again; those who wait are let through"},

    {.name = "fetch",
     .group = "Stage by stage, as a CI job does it",
     .run = command_stage,
     .options = STAGE_OPTIONS,
     .help = "Download the archive and its signature"},
    {.name = "verify",
     .run = command_verify,
     .options = VERIFY_OPTIONS,
     .arguments = "[FILE...]",
     .most = -1,
     .help = "Check signatures of the archive and the programs in it, or of files",
     .text = VERIFY_TEXT},
    STAGE("unpack", "Unpack the verified archive into releases/VERSION"),
    STAGE("start", "Start the release on the free side port"),
    STAGE("check", "Wait until it is healthy"),
    STAGE("flip", "Send all traffic to it"),
    STAGE("watch", "Watch it; a bad figure sends the traffic back"),
    STAGE("drain", "Let the old release finish what it is doing"),
    STAGE("retire", "Stop the old release and tidy up"),

    {.name = "status",
     .group = "Look",
     .run = command_status,
     .help = "What serves, what runs, and what is not as it should be",
     .text =
         "Changes nothing. Exit status 0 if all is well, 13 if something wants `deploy "
         "--resume` or `abort`."},
    {.name = "releases", .run = command_releases, .help = "The releases on this host"},
    {.name = "history",
     .run = command_history,
     .options = TAKES(OPTION_LINES),
     .help = "The deployments and rollbacks so far"},
    {.name = "show",
     .run = command_show,
     .arguments = "[ID]",
     .most = 1,
     .help = "One deployment, step by step; the last one without ID"},
    {.name = "report",
     .run = command_report,
     .options = TAKES(OPTION_OUTPUT),
     .arguments = "[ID]",
     .most = 1,
     .help = "The same as a page of HTML, to keep or to attach",
     .text =
         "-o FILE, default APP-ID.html. One file that loads nothing: timeline, what each stage "
         "found, hashes, verdicts, and the JSON of `show`. An existing file is replaced."},
    {.name = "logs",
     .run = command_logs,
     .options = TAKES(OPTION_FOLLOW, OPTION_LINES, OPTION_SLOT),
     .help = "What the instance wrote (-f follows; the settings file is --file here)"},
    {.name = "probe",
     .run = command_probe,
     .options = TAKES(OPTION_RATE, OPTION_FOR, OPTION_MIX, OPTION_POST_PATH, OPTION_POST_BYTES,
                      OPTION_STREAM, OPTION_IDENTITY, OPTION_TIMEOUT),
     .arguments = "URL",
     .least = 1,
     .most = 1,
     .help = "Send open-loop load and count what is lost",
     .text =
         "Requests are sent at fixed times whatever the answers do, so that a stall shows. Ends "
         "after --for, or at Ctrl-C. Exit status 0 if nothing failed, 9 if anything did."},

    {.name = "lock",
     .group = "Keep in order",
     .run = command_lock,
     .options = TAKES(OPTION_MESSAGE),
     .help = "Hold the app: no deployment until `unlock`"},
    {.name = "unlock", .run = command_unlock, .help = "End the hold"},
    {.name = "prune",
     .run = command_prune,
     .options = TAKES(OPTION_WAIT),
     .help = "Remove releases that release.keep does not cover"},
    {.name = "proxy",
     .run = command_proxy,
     .arguments = "start|stop|status|upgrade|metrics [ADDRESS|off]",
     .least = 1,
     .most = 2,
     .options = TAKES(OPTION_DRAIN),
     .help = "The embedded traffic engine, godeploy-proxy",
     .text =
         "A deployment starts it by itself. `stop` ends it for every app of this root: nothing "
         "answers on the public addresses then. While it serves any, it asks first; where nobody "
         "can be asked, it wants --yes. `metrics` prints its figures as Prometheus reads "
         "them; with an address it serves them there from now on, as http://ADDRESS/metrics. `upgrade` "
         "puts the build that is installed now in the place of the one that runs: nobody is "
         "refused, and what is under way may finish for as long as --drain says."},

    {.name = "config",
     .run = command_config,
     .options = TAKES(OPTION_WAIT),
     .arguments = "push FILE|show|rollback",
     .least = 1,
     .most = 2,
     .help = "The service's own configuration: replace it, show which it is, go back",
     .text = CONFIG_TEXT},

    {.name = "keygen",
     .group = "Make releases",
     .run = command_keygen,
     .options = TAKES(OPTION_OUTPUT, OPTION_BITS, OPTION_PASSPHRASE_FILE, OPTION_PASSPHRASE_ENV),
     .help = "Make a key pair for signing: NAME.key (keep it secret) and NAME.pem",
     .text =
         "-o NAME, default `release`. The private key is encrypted if a passphrase is given by "
         "file or environment. Existing files are never overwritten."},
    {.name = "pack",
     .run = command_pack,
     .options = TAKES(OPTION_OUTPUT, OPTION_NAME, OPTION_VERSION, OPTION_OS, OPTION_ARCH,
                      OPTION_EXPIRES, OPTION_COMMAND),
     .arguments = "FOLDER",
     .least = 1,
     .most = 1,
     .help = "Make a release archive of a folder; same input, same bytes",
     .text =
         "-o FILE ends in .zip, .tar.gz or .tar.zst. --name and --version are needed; --os and "
         "--arch are this host's otherwise."},
    {.name = "sign",
     .run = command_sign,
     .options = TAKES(OPTION_KEY, OPTION_SCHEME, OPTION_OUTPUT, OPTION_ANNOUNCE, OPTION_CONFIG,
                      OPTION_NAME, OPTION_SEQUENCE, OPTION_EXPIRES, OPTION_PASSPHRASE_FILE,
                      OPTION_PASSPHRASE_ENV),
     .arguments = "FILE",
     .least = 1,
     .most = 1,
     .help = "Sign an archive, a checksums file, a configuration or a new key: FILE.sig",
     .text = SIGN_TEXT},

    {.name = "completion",
     .group = "Other",
     .run = command_completion,
     .arguments = "bash|zsh|fish|powershell",
     .least = 1,
     .most = -1,
     .help = "Teach a shell to complete the command line",
     .text =
         "Prints the script for that shell. Packages have put it where shells look already; else\n\n"
         "  bash:       source <(godeploy completion bash), in ~/.bashrc\n"
         "  zsh:        source <(godeploy completion zsh), in ~/.zshrc behind compinit\n"
         "  fish:       godeploy completion fish > ~/.config/fish/completions/godeploy.fish\n"
         "  PowerShell: godeploy completion powershell | Out-String | Invoke-Expression, in $PROFILE"},
    {.name = "version", .run = command_version, .help = "Which godeploy this is"},
    {.name = "help",
     .run = command_help,
     .arguments = "[COMMAND|settings]",
     .most = 1,
     .help = "This text, that of a command, or every setting",
     .text =
         "`help godeploy.1` and `help godeploy.yaml.5` print the manual pages, for packages: "
         "`godeploy help godeploy.1 | man -l -` shows what `man godeploy` does."},
};
/* clang-format on */

CommandList command_list(void)
{
    return (CommandList){.rows = rows, .count = sizeof rows / sizeof rows[0]};
}

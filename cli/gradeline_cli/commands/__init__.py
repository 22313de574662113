"""One module per command, each with a ``command``; they are imported when they run."""

# Name: module in this package, and the line that `grade --help` shows without importing it.
COMMANDS = {
    "run": ("run", "Grade a submission; `grade EXERCISE` is short for it."),
    "list": ("listing", "Show all exercises in a good order."),
    "start": ("start", "Make a folder to work in."),
    "watch": ("watch", "Grade again whenever you save."),
    "hint": ("hint", "Give the next hint for a criterion."),
    "graph": ("graph", "Draw the pipeline as the grader sees it."),
    "ci": ("ci", "Grade what a pull request changes."),
    "batch": ("batch", "Grade the submissions of a whole class."),
    "book": ("book", "Keep the grades of a class, and all decisions about them."),
    "report": ("report", "Write the results of a class as pages for a browser."),
    "similarity": ("similarity", "Show which submissions are alike."),
    "study": ("study", "Measure how far the grader and people agree."),
    "explain": ("explain", "Show what a check looks for and how to repair it."),
    "progress": ("progress", "Show what you have tried and reached."),
    "next": ("next", "Show which exercise comes next."),
    "reset": ("reset", "Put the starter back; a copy of your work is kept."),
    "solution": ("solution", "Show a right answer, once you have passed."),
    "lsp": ("lsp", "Show findings in an editor, while you type."),
    "verify": ("verify", "Prove that exercises are graded as their solutions say."),
    "doctor": ("doctor", "Show which analysers are there, and what to do."),
    "tools": ("tools", "Install analysers that need an environment of their own."),
    "export": ("export", "Write grades for a learning platform, or feedback."),
    "completion": ("completion", "Print the completion script of a shell."),
}

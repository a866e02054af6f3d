/** The exit statuses of the command line that are no error's own; those are in `runtime/base/errors.ts`. */

export const EXIT_OK = 0;

/** A reader of our output that went away has all that it wanted, as with `| head`. */
export const EXIT_READER_GONE = 0;

/** A second Ctrl-C ends the program wherever it is. */
export const EXIT_INTERRUPTED = 130;

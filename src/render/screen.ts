/** Something on screen that changes in place. */
export interface Overlay {
  /** Takes it off the screen until `show`; updates in between are kept. */
  hide(): void;
  show(): void;
  /** Draws it below what stands there now: others have written meanwhile. */
  moved(): void;
}

/** Keeps what is drawn in place and what is said from writing into each other. */
export interface Screen {
  /** What is drawn from now on; undefined: nothing is drawn any more, and what stands there stays. */
  overlay(drawing: Overlay | undefined): void;
  /** What was drawn is no longer above the cursor: the shell had the terminal. */
  moved(): void;
  /** Writes where the drawing was; it is drawn again below. */
  say(write: () => void): void;
  /** The same while the user is asked something. */
  ask<T>(question: () => Promise<T>): Promise<T>;
}

export function createScreen(): Screen {
  let drawing: Overlay | undefined;
  let questions = 0;
  return {
    overlay(next) {
      drawing = next;
    },
    moved() {
      drawing?.moved();
    },
    say(write) {
      if (questions > 0) return write();
      drawing?.hide();
      write();
      drawing?.show();
    },
    async ask(question) {
      questions++;
      drawing?.hide();
      try {
        return await question();
      } finally {
        questions--;
        drawing?.show();
      }
    },
  };
}

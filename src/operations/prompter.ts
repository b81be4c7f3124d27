/** Asks the user. An operation that is given none asks nothing. */
export interface Prompter {
  /** A question whose answer is no, unless the user says yes; undefined when there is none: the input ended. */
  confirm(question: string): Promise<boolean | undefined>;
  /** One line, without its newline; undefined when there is no answer: the input ended. */
  line(question: string): Promise<string | undefined>;
  /** One line that does not appear on the screen. */
  hidden(question: string): Promise<string | undefined>;
  /** Text that a question is about; whole lines. */
  say(text: string): void;
}

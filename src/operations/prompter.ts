/** Asks the user. An operation that is given none asks nothing. */
export interface Prompter {
  /** A question whose answer is no, unless the user says yes. */
  confirm(question: string): Promise<boolean>;
  /** One line, without its newline; undefined when there is no answer: the input ended. */
  line(question: string): Promise<string | undefined>;
  /** One line that does not appear on the screen. */
  hidden(question: string): Promise<string | undefined>;
  /** Text that a question is about; whole lines. */
  say(text: string): void;
}

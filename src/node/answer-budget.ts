const mebibyte = 1024 * 1024;

/**
 * Bounds what the answers of all nodes together take in memory. When they come to more than the limit, the largest of
 * those that are still arriving is given up, unless it is within the share that each may have whatever the others take.
 */
export class AnswerBudget {
  readonly #limit: number;
  readonly #share: number;
  readonly #arriving = new Set<KeptAnswer>();
  #total = 0;

  /** @param share bytes; some 1000 guests fit in one MiB */
  constructor(limit = 64 * mebibyte, share = mebibyte) {
    this.#limit = limit;
    this.#share = share;
  }

  /** Room for an answer that is about to arrive. */
  open(): KeptAnswer {
    const answer = new KeptAnswer(this.#limit, {
      count: (bytes) => this.#count(bytes),
      arrived: () => this.#arriving.delete(answer),
    });
    this.#arriving.add(answer);
    return answer;
  }

  #count(bytes: number): void {
    this.#total += bytes;
    while (this.#total > this.#limit) {
      const [largest] = [...this.#arriving].sort((a, b) => b.bytes - a.bytes);
      if (!largest || largest.bytes <= this.#share) return;
      largest.giveUp();
    }
  }
}

interface Account {
  count(bytes: number): void;
  arrived(): void;
}

/** What is kept of one answer, counted by its budget until it is released. */
export class KeptAnswer {
  /** Resolves with the reason, a sentence for the user, when the answer takes too much. */
  readonly givenUp: Promise<string>;
  readonly #limit: number;
  readonly #account: Account;
  #explain: (reason: string) => void = () => undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isOpen = true;

  /** @internal */
  constructor(limit: number, account: Account) {
    this.#limit = limit;
    this.#account = account;
    this.givenUp = new Promise((resolve) => {
      this.#explain = resolve;
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a piece, unless the answer was released or given up. */
  add(chunk: Buffer): void {
    if (!this.#isOpen) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#account.count(chunk.length);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  /** It has been read: what was made of it counts as its bytes did, and is not given up for what others send. */
  settle(): void {
    this.#isOpen = false;
    this.#account.arrived();
    this.#chunks = [];
  }

  /** Forgets it. */
  release(): void {
    this.#isOpen = false;
    this.#account.arrived();
    this.#account.count(-this.#bytes);
    this.#chunks = [];
    this.#bytes = 0;
  }

  /** @internal */
  giveUp(): void {
    const [size, limit] = [this.#bytes, this.#limit].map((bytes) => `${Math.floor(bytes / mebibyte)} MiB`);
    const own = this.#bytes > this.#limit;
    this.release();
    this.#explain(
      own
        ? `more than ${limit} of output`
        : `its answer was the largest, ${size} so far, when those of all nodes came to more than ${limit}`,
    );
  }
}

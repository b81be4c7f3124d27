/** What a job is doing, or how it ended. */
export type JobState = "waiting" | "running" | "done" | "failed" | "cancelled" | "dead";

/** A line of a job's manifest, and what is at the path now. */
export interface ManifestEntry {
  readonly kind: "making" | "made" | "left";
  readonly path: string;
  /** `same`, `gone`, `hidden` (gone, or its file system is not there), or why it is not taken for what the job made. */
  readonly now: string;
  /** Bytes on the disk; null where nothing is there. */
  readonly size: number | null;
}

/** What a rollback did about a path. */
export interface JobOutcome {
  readonly path: string;
  readonly removed: boolean;
  /** Why it was kept; empty where it was removed. */
  readonly why: string;
}

export interface JobRecord {
  readonly id: string;
  readonly kind: string | null;
  readonly guest: string | null;
  readonly template: string | null;
  /** USER@HOST of whoever started it. */
  readonly client: string | null;
  readonly state: JobState;
  /** Seconds since 1970, by the node's clock, as all times here; null: it never started. */
  readonly started: number | null;
  readonly ended: number | null;
  /** Seconds: of its run so far, or in all. */
  readonly elapsed: number | null;
  readonly stage: { readonly name: string; readonly started: number } | null;
  readonly exitCode: number | null;
  /** Why it failed, where that is known: a word for programs (`exists`, `no-space`), and a sentence. */
  readonly reason: { readonly word: string; readonly text: string } | null;
  /** Whether the commit point is behind it; null: that could not be found out. */
  readonly committed: boolean | null;
  /** Whether its rollback came to its end. */
  readonly rolledBack: boolean;
  /** Seconds since anything in its directory changed. */
  readonly idle: number;
  /** Processes of it run, though the one that would end it is gone. */
  readonly orphaned: boolean;
}

/** A record with what only a closer look shows. */
export interface JobDetails extends JobRecord {
  /** Absolute, on the node. */
  readonly directory: string;
  /** Bytes of its directory. */
  readonly size: number;
  readonly manifest: readonly ManifestEntry[];
  readonly outcome: readonly JobOutcome[];
}

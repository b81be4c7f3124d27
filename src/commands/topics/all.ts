import { configuration } from "./configuration.ts";
import { environment } from "./environment.ts";
import { exitCodesTopic } from "./exit-codes.ts";
import { output } from "./output.ts";
import { selectors } from "./selectors.ts";
import { templates } from "./templates.ts";
import type { Topic } from "./topic.ts";

/** In the order of the help. */
export const topics: readonly Topic[] = [configuration, templates, selectors, output, exitCodesTopic, environment];

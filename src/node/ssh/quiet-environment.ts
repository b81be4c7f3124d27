/** The environment without what lets an ssh ask for something in a window. */
export function quietEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, SSH_ASKPASS: _askpass, ...rest } = env;
  return { ...rest, SSH_ASKPASS_REQUIRE: "never" };
}

export type { Cluster } from "./cluster/cluster.ts";
export type { ClusterConfig } from "./cluster/config.ts";
export { type OpenOptions, openCluster } from "./cluster/open.ts";
export { exitCodes, UserError } from "./errors.ts";
export { type ApplyOptions, applyPlan } from "./operations/apply-plan.ts";
export { planAutostart } from "./operations/autostart.ts";
export { type BuildOptions, build } from "./operations/build.ts";
export type { BuildPlan, BuildTarget } from "./operations/build-plan.ts";
export { type ChangeReport, type ChangeResult, changeExitCode } from "./operations/change-report.ts";
export type { GuestChoice } from "./operations/choose-guests.ts";
export { type CloneOptions, clone } from "./operations/clone/clone.ts";
export type { CloneDisk, ClonePlan, CloneTarget } from "./operations/clone/clone-plan.ts";
export { type CloneRequest, type PreparedClone, prepareClone } from "./operations/clone/prepare-clone.ts";
export { type ConfigCheck, type ConfigReport, checkConfig, showConfig } from "./operations/config.ts";
export { attachConsole, type ConsoleOptions, type ConsoleReport } from "./operations/console.ts";
export { converse } from "./operations/conversation.ts";
export { type CopyOptions, copyImage } from "./operations/copy/copy.ts";
export type { CopyPlan } from "./operations/copy/copy-plan.ts";
export { type CopyRequest, type PreparedCopy, prepareCopy } from "./operations/copy/prepare-copy.ts";
export { type DeleteOptions, planDelete } from "./operations/delete/plan-delete.ts";
export { planDestroy } from "./operations/destroy.ts";
export { type AddDiskOptions, planAddDisk } from "./operations/disk/add.ts";
export { type NewSize, planGrowDisk } from "./operations/disk/grow.ts";
export { type DiskRow, listDisks } from "./operations/disk/list.ts";
export { planRemoveDisk, type RemoveDiskOptions } from "./operations/disk/remove.ts";
export {
  type Diagnosis,
  type DoctorOptions,
  type DoctorReport,
  doctor,
  doctorExitCode,
  type Finding,
} from "./operations/doctor/doctor.ts";
export { type DumpReport, dump } from "./operations/dump.ts";
export { type Draft, openDraft } from "./operations/edit/plan-edit.ts";
export { type ExecOptions, type ExecReport, type ExecResult, exec, execExitCode } from "./operations/exec.ts";
export { type ExportOptions, type ExportReport, exportImage } from "./operations/export/export.ts";
export type { ExportPlan } from "./operations/export/export-plan.ts";
export { type ExportRequest, type PreparedExport, prepareExport } from "./operations/export/prepare-export.ts";
export { type FoundGuest, type FoundGuests, findGuests } from "./operations/find-guest.ts";
export { type FoundTemplate, findTemplate, findTemplates, type SearchPath } from "./operations/find-template.ts";
export {
  applyGc,
  type GcItem,
  type GcKept,
  type GcOptions,
  type GcPlan,
  type GcReport,
  planGc,
} from "./operations/gc.ts";
export { findReachable, type ReachableGuest } from "./operations/guest-address.ts";
export type { GuestInfo } from "./operations/guest-info.ts";
export { type MakeOptions, type MakeReport, makeExitCode } from "./operations/guest-jobs.ts";
export type { GuestResult } from "./operations/guest-result.ts";
export { type HistoryReport, history } from "./operations/history.ts";
export { type ImageListReport, type ImageRow, imageList } from "./operations/image-list.ts";
export { planImageMark } from "./operations/image-mark.ts";
export { type InfoReport, info } from "./operations/info.ts";
export { type InitOptions, type InitReport, init } from "./operations/init/init.ts";
export type { HostAnswer, TriedHost } from "./operations/init/try-hosts.ts";
export { type InventoryReport, inventory } from "./operations/inventory.ts";
export { type AddressRow, type IpReport, ip } from "./operations/ip.ts";
export { type IsoOptions, planAttachIso } from "./operations/iso/attach.ts";
export { type EjectOptions, planEjectIso } from "./operations/iso/eject.ts";
export { type CancelReport, cancelExitCode, cancelJob } from "./operations/job-cancel.ts";
export { type FollowEvent, type FollowJobReport, followExitCode, followJob } from "./operations/job-follow.ts";
export { type JobShowReport, showJob } from "./operations/job-show.ts";
export {
  type JobDetails,
  type JobOutcome,
  type JobRow,
  type JobState,
  type JobsReport,
  jobs,
  type ManifestEntry,
} from "./operations/jobs.ts";
export { type GuestRow, type ListReport, list, type NodeAnswer } from "./operations/list.ts";
export type { DeviceList } from "./operations/list-devices.ts";
export { type LoadedTemplate, loadTemplate, type TemplateOptions } from "./operations/load-template.ts";
export { logs } from "./operations/logs.ts";
export { cleanUpMove } from "./operations/move/cleanup.ts";
export { type PreparedMoves, prepareDrain, prepareUndrain, type StuckGuest } from "./operations/move/drain.ts";
export { type MoveOptions, moveGuest } from "./operations/move/move.ts";
export type { MoveDisk, MovePlan } from "./operations/move/move-plan.ts";
export type { MoveReport, MoveResult } from "./operations/move/move-report.ts";
export { type MoveSeveralOptions, moveSeveral } from "./operations/move/move-several.ts";
export { type MoveRequest, type PreparedMove, prepareMove } from "./operations/move/prepare-move.ts";
export { type AddNicOptions, planAddNic } from "./operations/nic/add.ts";
export { listNics, type NicRow } from "./operations/nic/list.ts";
export { planRemoveNic } from "./operations/nic/remove.ts";
export { type NicSettings, planSetNic } from "./operations/nic/set.ts";
export { type NodeListReport, nodeList } from "./operations/node-list.ts";
export { type ApplyOffOptions, applyOff } from "./operations/node-power/apply-off.ts";
export type { NodeChangeReport, NodeResult } from "./operations/node-power/node-result.ts";
export type { OffChange, OffPlan, OffTarget, PreparedOff } from "./operations/node-power/off-plan.ts";
export { type OffOptions, prepareOff } from "./operations/node-power/plan-off.ts";
export { type OnOptions, switchOn } from "./operations/node-power/switch-on.ts";
export type { WakeOptions } from "./operations/node-power/wake-up.ts";
export { type PlaceOptions, type PlaceReport, place } from "./operations/place.ts";
export type { Demand, Fit } from "./operations/placement.ts";
export type { Plan, PlanTarget } from "./operations/plan.ts";
export { type PowerVerb, planPower } from "./operations/power.ts";
export { type BuildRequest, type PreparedBuild, prepareBuild } from "./operations/prepare-build.ts";
export type { Prompter } from "./operations/prompter.ts";
export { planProtection } from "./operations/protection.ts";
export type { LendTerminal, RawTerminal } from "./operations/raw-terminal.ts";
export { planRename } from "./operations/rename.ts";
export { type PlacedReservation, type Reserved, reserve, type Wish } from "./operations/reserve.ts";
export { type Assignments, parseAssignments } from "./operations/set/assignments.ts";
export { planSet } from "./operations/set/plan-set.ts";
export { type CreateSnapshotOptions, planCreateSnapshot } from "./operations/snapshot/create.ts";
export { listSnapshots } from "./operations/snapshot/list.ts";
export { planDeleteSnapshot, planRevertSnapshot } from "./operations/snapshot/revert.ts";
export { type SshConfigReport, sshConfig } from "./operations/ssh-config.ts";
export { proxyToGuest } from "./operations/ssh-proxy.ts";
export { type SshRoute, withSshRoute } from "./operations/ssh-route.ts";
export { planStart } from "./operations/start.ts";
export { type NodeStatus, type StatusReport, status } from "./operations/status.ts";
export { planStop, type StopOptions } from "./operations/stop.ts";
export { type TemplateListReport, type TemplateRow, templateList } from "./operations/template-list.ts";
export { type TemplateReport, templateShow } from "./operations/template-show.ts";
export { nodeSteps, type TemplateValidation, templateValidate } from "./operations/template-validate.ts";
export { type GuestFilter, guestFilter } from "./operations/top/guest-filter.ts";
export type { Load } from "./operations/top/load.ts";
export type { NodeNow } from "./operations/top/observer.ts";
export { type TopChoice, type TopNode, type TopReport, topReport } from "./operations/top/report.ts";
export { type TopOptions, top } from "./operations/top/top.ts";
export { type WatchOptions, watchLoads } from "./operations/top/watch-loads.ts";
export { type TrustOptions, type TrustReport, type TrustRow, trust, trustExitCode } from "./operations/trust.ts";
export { type LocalScreen, type ViewerOptions, withScreen } from "./operations/viewer.ts";
export { type VirshOptions, virsh } from "./operations/virsh.ts";
export { type WaitOptions, type WaitReport, wait } from "./operations/wait.ts";
export { wakeNodes } from "./operations/wake.ts";
export { type XmlReport, xml } from "./operations/xml.ts";
export type { Recipe } from "./template/recipe.ts";

import { virsh } from "./moving.ts";

/** Where libvirt keeps UEFI variables, and the state of a guest's TPM. */
export const nvrams = "/var/lib/libvirt/qemu/nvram";
export const states = "/var/lib/libvirt/swtpm";

interface UefiGuest {
  readonly name: string;
  readonly uuid: string;
  readonly disk: string;
  /** The file of its variables; undefined: libvirt chooses it, and does not say which while it is off. */
  readonly vars?: string;
}

/** A guest with UEFI, its variables and a TPM; it finds nothing to boot, which is all the same here. */
function uefiXml({ name, uuid, disk, vars }: UefiGuest): string {
  return `<domain type='qemu'><name>${name}</name><uuid>${uuid}</uuid>
<memory unit='MiB'>128</memory><vcpu>1</vcpu>
<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type>${vars === undefined ? "" : `<nvram>${vars}</nvram>`}</os>
<features><acpi/><smm state='on'/></features><cpu mode='custom'><model>qemu64</model></cpu>
<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${disk}'/><target dev='vda' bus='virtio'/></disk>
<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices></domain>`;
}

/** What somebody wrote among the variables, where no firmware writes. */
export const mark = "kept-by-the-guest-7731";

/** The shell that makes such a guest: off, with variables and a TPM's state that were made at its first start. */
export function makeUefi(guest: UefiGuest): string {
  const { name, disk, vars = `${nvrams}/${name}_VARS.fd` } = guest;
  return `qemu-img create -q -f qcow2 ${disk} 32M && qemu-io -c 'write -P 7 0 16M' ${disk} >/dev/null
${virsh} define /dev/stdin <<'X'
${uefiXml(guest)}
X
${virsh} start ${name} --paused && ${virsh} destroy ${name}
printf ${mark} | dd of=${vars} bs=1 seek=$(($(stat -c %s ${vars}) - 4096)) conv=notrunc status=none`;
}

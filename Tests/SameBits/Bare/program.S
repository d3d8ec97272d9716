// Where the ROM jumps to: the program's first byte.
  .section .first, "ax"
  .globl begin
begin:
  leaq stack_end(%rip), %rsp
  call bare_main
  // What Bochs ends at.
  leaq goodbye(%rip), %rsi
  movw $0x8900, %dx
  movl $8, %ecx
  rep outsb
1:
  hlt
  jmp 1b
goodbye:
  .ascii "Shutdown"

  .bss
  .balign 64
  .skip 1 << 20
stack_end:

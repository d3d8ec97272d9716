// The ROM of a machine without a BIOS: from reset to 64-bit mode with AVX-512 enabled, then to the program at 1 MiB. Bytes of
// physical memory that it uses: 0x1000 to 0x4000, for the page tables.
  // Where the ROM is seen below 1 MiB too, which is where the page tables reach.
  .set BASE, 0xf0000

image:
  // Within reach of the jump at the end.
  .org 0xf000
  .code16
begin:
  cli
  lgdtl %cs:(table_of_segments - image)
  movl %cr0, %eax
  orl $1, %eax
  movl %eax, %cr0
  ljmpl $8, $(BASE + protected - image)

  .code32
protected:
  movw $16, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  // The first GiB as it is, in pages of 2 MiB: one entry in the first two tables, 512 in the third.
  movl $0x2003, 0x1000
  movl $0x3003, 0x2000
  movl $0x3000, %edi
  movl $0x83, %eax
  movl $512, %ecx
1:
  movl %eax, (%edi)
  movl $0, 4(%edi)
  addl $0x200000, %eax
  addl $8, %edi
  loop 1b
  movl $0x1000, %eax
  movl %eax, %cr3
  // Physical addresses of 64 bits, SSE and its exceptions, and XSETBV.
  movl $0x40620, %eax
  movl %eax, %cr4
  // Long mode.
  movl $0xc0000080, %ecx
  rdmsr
  orl $0x100, %eax
  wrmsr
  // Paging, and the floating-point unit.
  movl $0x80000023, %eax
  movl %eax, %cr0
  // The state of x87, SSE, AVX and AVX-512.
  xorl %ecx, %ecx
  xorl %edx, %edx
  movl $0xe7, %eax
  xsetbv
  ljmpl $24, $0x100000

  .balign 8
segments:
  .quad 0
  .quad 0x00cf9b000000ffff  // code, 32 bits
  .quad 0x00cf93000000ffff  // data
  .quad 0x00af9b000000ffff  // code, 64 bits
table_of_segments:
  .word 31
  .long BASE + segments - image

  // Where a processor begins.
  .org 0xfff0
  .code16
  jmp begin
  .org 0x10000

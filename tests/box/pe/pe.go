// Package pe makes Windows programs that do nothing, to be signed and judged.
package pe

import "encoding/binary"

// DLL is the flag of a library (IMAGE_FILE_DLL).
const DLL = 0x2000

const (
	headers      = 512 // bytes of all headers
	alignment    = 512 // of a section in the file
	inMemory     = 0x1000
	optional     = 240 // bytes of the optional header
	directories  = 16
	coff         = 64 + 4 // behind "PE\0\0"
	optionalAt   = coff + 20
	sectionAt    = optionalAt + optional
	contentFlags = 0x60000020 // code, readable, executable
)

// Program is the smallest one that everybody takes for one: PE32+ for AMD64, one section, and the
// content in it.
// Source: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format
func Program(flags uint16, content []byte) []byte {
	section := (len(content) + alignment - 1) / alignment * alignment
	image := make([]byte, headers+section)
	put16 := func(at int, value uint16) { binary.LittleEndian.PutUint16(image[at:], value) }
	put32 := func(at int, value uint32) { binary.LittleEndian.PutUint32(image[at:], value) }
	copy(image, "MZ")
	put32(0x3c, 64)
	copy(image[64:], "PE\x00\x00")
	put16(coff, 0x8664)
	put16(coff+2, 1) // sections
	put16(coff+16, optional)
	put16(coff+18, 0x0022|flags) // executable, large addresses
	put16(optionalAt, 0x20b)
	put32(optionalAt+16, inMemory) // entry point
	put32(optionalAt+32, inMemory) // section alignment
	put32(optionalAt+36, alignment)
	put16(optionalAt+48, 6) // subsystem version
	put32(optionalAt+56, uint32(inMemory+(section+inMemory-1)/inMemory*inMemory))
	put32(optionalAt+60, headers)
	put16(optionalAt+68, 3) // console
	put32(optionalAt+108, directories)
	copy(image[sectionAt:], ".text")
	put32(sectionAt+8, uint32(section))
	put32(sectionAt+12, inMemory)
	put32(sectionAt+16, uint32(section))
	put32(sectionAt+20, headers)
	put32(sectionAt+36, contentFlags)
	copy(image[headers:], content)
	return image
}

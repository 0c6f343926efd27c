module github.com/libfalcoir/libfalcoir/bindings/go

go 1.19

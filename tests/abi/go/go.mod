module smoke

go 1.19

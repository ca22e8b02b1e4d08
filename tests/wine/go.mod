module godeploy/wine

go 1.19

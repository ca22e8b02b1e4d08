module godeploy/box

go 1.19

module godeploy/service

go 1.19

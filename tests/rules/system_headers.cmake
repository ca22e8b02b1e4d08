# Headers that only some systems have. signal.h is in the C standard, but what is in it differs.
set(posix_headers
    "^((aio|cpio|dirent|dlfcn|fcntl|fnmatch|fts|ftw|getopt|glob|grp|ifaddrs|langinfo|libgen|mntent|monetary|mqueue|ndbm|netdb|nl_types|poll|pthread|pwd|regex|sched|search|semaphore|signal|spawn|strings|stropts|syslog|tar|termios|ulimit|unistd|utime|utmpx|wordexp)\\.h|(arpa|asm|linux|net|netinet|sys)/.+)$"
)
set(windows_headers
    "^([Ww]indows|[Ww]insock2?|[Ww]s2tcpip|[Ii]phlpapi|[Tt]lhelp32|[Pp]sapi|[Ss]hl[a-z]+|io|direct|process|winsvc|winternl|restartmanager|shellapi|aclapi|sddl|wincrypt|wintrust|softpub)\\.h$"
)
set(system_headers "${posix_headers}|${windows_headers}")

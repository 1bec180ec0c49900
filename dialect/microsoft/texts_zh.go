package microsoft

// chinese holds the Simplified Chinese texts. Verified with public captures:
// the title and columns of the connection table with -o and -t, the line of -b,
// all of -e and -r. Inferred, as no capture is known: all of -s, the columns of
// -y and -i, and -x. The help text and messages are our own.
var chinese = texts{
	chinese: true,
	purpose: "显示本计算机的 TCP 和 UDP 连接，以及各协议的统计信息。",
	beyond:  "Microsoft netstat 之外的选项",
	options: []optionText{
		{"-a", "所有状态的连接、侦听端口以及 UDP。"},
		{"-b", "在每一行下面列出建立连接或打开端口的程序；若能得知，\n" +
			"还列出其中的组件（例如服务）。需要提升权限。"},
		{"-c", "各进程占用的 TCP 和 UDP 端口数，多者在前。"},
		{"-d", "增加一列: 每个连接的 DSCP 值。该列为空: Windows\n" +
			"没有公开的接口。"},
		{"-e", "所有网络接口合计的统计信息。可与 -s 同用。"},
		{"-f", "外部地址显示为完整域名。"},
		{"-i", "连接处于当前状态的时间上限（毫秒），即连接建立以来的时间。"},
		{"-n", "地址和端口显示为数字，不查名称。"},
		{"-o", "每个连接或端口所属的进程号（PID）。"},
		{"-p proto", "只显示指定的协议: TCP、UDP、TCPv6 或 UDPv6；\n" +
			"与 -s 同用时还可以是 IP、IPv6、ICMP 或 ICMPv6。"},
		{"-q", "同 -a，另加已绑定、但既不侦听也未连接的 TCP 端口。"},
		{"-r", "接口列表和路由表。"},
		{"-s", "各协议的统计信息: IP、IPv6、ICMP、ICMPv6、TCP、TCPv6、\n" +
			"UDP 和 UDPv6，或者只有 -p 指定的那一个。"},
		{"-t", "连接的处理是否已卸载到网卡。"},
		{"-v", "为兼容旧脚本而保留，不起作用。"},
		{"-x", "NetworkDirect 连接、侦听器和共享端点。"},
		{"-y", "每个连接的 TCP 模板。只与 -a -f -n -p -q 同用；\n" +
			"其他增加列的选项不起作用。"},
		{"interval", "每隔指定的秒数重新显示一次，直到按下 Ctrl+C。\n" +
			"不给出时只显示一次。"},
	},

	connections: "活动连接",
	columns:     "  协议  本地地址          外部地址        状态",
	pid:         "PID",
	offload:     "卸载状态",
	template:    "模板",
	timeInState: "处于状态的时间(毫秒)",
	noOwner:     " 无法获取所有权信息",

	interfaceTitle:   "接口统计",
	interfaceColumns: "                           接收的            发送的",
	interfaceLabels: [...]string{
		"字节               ",
		"单播数据包     ",
		"非单播数据包 ",
		"丢弃            ",
		"错误              ",
		"未知协议   ",
	},

	totals: "自系统启动以来的总数", changes: "每秒变化，最近 ", seconds: " 秒",

	statisticsTitles: [...]string{
		"IPv4 统计信息", "IPv6 统计信息", "ICMPv4 统计信息", "ICMPv6 统计信息",
		"IPv4 的 TCP 统计信息", "IPv6 的 TCP 统计信息", "IPv4 的 UDP 统计信息", "IPv6 的 UDP 统计信息",
	},
	ipLabels: [...]string{
		"接收的数据包", "接收的标头错误", "接收的地址错误", "转发的数据报", "接收的未知协议", "丢弃的接收数据包",
		"传送的接收数据包", "输出请求", "路由丢弃", "丢弃的输出数据包", "输出数据包无路由", "需要重新组合",
		"重新组合成功", "重新组合失败", "数据报分段成功", "数据报分段失败", "分段已创建",
	},
	icmpColumns: "                            接收    已发送",
	icmpLabels: [...]string{
		"消息", "错误", "目标不可到达", "超时", "参数问题", "源抑制", "重定向", "回显回复", "回显", "时间戳",
		"时间戳回复", "地址掩码", "地址掩码回复", "路由器请求", "路由器播发",
	},
	icmp6Labels: [...]string{
		"消息", "错误", "目标不可到达", "数据包太大", "超时", "参数问题", "回显", "回显回复", "MLD 查询",
		"MLD 报告", "MLD 完成", "路由器请求", "路由器播发", "邻居请求", "邻居播发", "重定向", "路由器重新编号",
	},
	tcpLabels: [...]string{
		"主动打开", "被动打开", "失败的连接尝试", "重置的连接", "当前连接", "接收的分段", "发送的分段",
		"重新传输的分段",
	},
	udpLabels: [...]string{"接收的数据报", "无端口", "接收错误", "发送的数据报"},

	interfaceList:      "接口列表",
	routeTitle4:        "IPv4 路由表",
	routeTitle6:        "IPv6 路由表",
	activeRoutes:       "活动路由:",
	persistent:         "永久路由:",
	routeColumns4:      "网络目标        网络掩码          网关       接口   跃点数",
	routeColumns6:      " 接口跃点数网络目标                网关",
	persistentColumns4: "  网络地址          网络掩码  网关地址  跃点数",
	onLink4:            "在链路上 ",
	onLink6:            "在链路上",
	defaultMetric:      "默认 ",
	none:               "  无",

	networkDirect:        "活动的 NetworkDirect 连接、侦听器、共享端点",
	networkDirectColumns: "  模式   接口索引  类型           本地地址          外部地址        PID",
	ports:                "各进程占用的端口",
	portColumns:          "  PID          TCP     UDP    合计  进程",

	noDSCP:          "DSCP 列为空: Windows 没有公开的接口可以得知连接的 DSCP 值",
	tryHelp:         "（参见 netstat --help）",
	noNetworkDirect: "无法列出 NetworkDirect 端点: 系统没有公开的接口",
	noOffload:       "系统不提供连接的卸载状态",
	noTemplate:      "系统不提供连接的 TCP 模板",
	noTime:          "系统不提供连接建立的时间",
	ownersDenied:    "无法查看某些进程: 未知的所有者显示为 PID 0 或没有名称",
	elevation:       "请求的操作需要提升。",
}
